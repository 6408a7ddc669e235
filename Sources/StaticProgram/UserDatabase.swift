#if STATIC
  import Glibc

  // Foundation's essentials, which the library for the command line brings, call these although roost
  // never gets there. In a static executable the C library's own would load modules of whatever
  // version they find, and the linker warns of each. Names of users are read from the container's files.

  /// Takes the place of the C library's `getpwnam_r`: there is no user database.
  @_cdecl("getpwnam_r")
  func findNoUser(
    _ name: UnsafePointer<CChar>?, _ entry: UnsafeMutablePointer<passwd>?,
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
  ) -> CInt {
    result.pointee = nil
    return 0
  }

  /// Takes the place of the C library's `getpwuid_r`: there is no user database.
  @_cdecl("getpwuid_r")
  func findNoUser(
    _ number: uid_t, _ entry: UnsafeMutablePointer<passwd>?,
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
  ) -> CInt {
    result.pointee = nil
    return 0
  }

  /// Takes the place of the C library's `getgrnam_r`: there is no group database.
  @_cdecl("getgrnam_r")
  func findNoGroup(
    _ name: UnsafePointer<CChar>?, _ entry: UnsafeMutablePointer<group>?,
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<group>?>
  ) -> CInt {
    result.pointee = nil
    return 0
  }

  /// Takes the place of the C library's `getgrgid_r`: there is no group database.
  @_cdecl("getgrgid_r")
  func findNoGroup(
    _ number: gid_t, _ entry: UnsafeMutablePointer<group>?,
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int,
    _ result: UnsafeMutablePointer<UnsafeMutablePointer<group>?>
  ) -> CInt {
    result.pointee = nil
    return 0
  }

  /// Takes the place of the C library's `mktemp`, which is dangerous: no name is made, as when it fails.
  @_cdecl("mktemp")
  func makeNoName(_ template: UnsafeMutablePointer<CChar>) -> UnsafeMutablePointer<CChar> {
    template.pointee = 0
    errno = EINVAL
    return template
  }
#endif
