import Commands
import Glibc

exit(Roost.main())
