import Glibc
import Shim

exit(Shim.main())
