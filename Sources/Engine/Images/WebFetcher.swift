import Image
import Model
import State
import Transfer

/// Fetches what builds want from the web, through the program that knows HTTP.
struct WebFetcher: RemoteFetcher {
  let engine: Engine
  let isQuiet: Bool

  func fetch(
    _ request: RemoteFileRequest, cancellation: BuildCancellation
  ) throws(Diagnostic) -> RemoteFile? {
    let reporter = TransferReporter(progress: engine.progress, isQuiet: isQuiet, image: nil)
    let access = RegistryAccess(engine: engine, progress: reporter)
    do throws(RegistryError) {
      return try access.using { (program, ending) throws(RegistryError) in
        try cancellation.handling({ ending.cancel() }) { () throws(RegistryError) in
          try program.fetch(request, ending)
        }
      }
    } catch {
      throw error.diagnostic
    }
  }
}
