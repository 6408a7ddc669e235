#if STATIC
  /// Takes the place of the C library's `dlopen` in static executables: they load no libraries.
  ///
  /// The runtime of Swift asks for one when a variable of the environment names it; the C library's
  /// function would try, with whatever version of itself it finds. So the linker warns of it.
  @_cdecl("dlopen")
  func refuseLibrary(_ path: UnsafePointer<CChar>?, _ mode: CInt) -> UnsafeMutableRawPointer? {
    nil
  }
#endif
