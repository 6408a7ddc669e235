import Commands
import Glibc

exit(Roost.main(Array(CommandLine.arguments.dropFirst())))
