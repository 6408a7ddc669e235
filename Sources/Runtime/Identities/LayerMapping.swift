import Glibc
import Linux
import Model
import State

/// Whether the layers of images and what containers write can be shown with other owners.
package enum LayerMapping {
  /// Why it cannot be done here; nil when it can. Tried once a boot.
  package static func refusal(_ layout: Layout) throws(SyscallError) -> String? {
    let device = try Files.status(layout.containers).device
    if let known = LayerMappingRecord.readIfUsable(layout.layerMapping), known.device == device {
      return known.refusal
    }
    // Layers of an overlay may have their owners mapped since Linux 5.19, single mounts could
    // before.
    if KernelRelease.current < KernelRelease(major: 5, minor: 19) {
      return "this kernel is older than Linux 5.19"
    }
    // Where no user namespace can be made, whoever makes that of the container says why.
    let ids = IDMap(start: IDRanges.first, count: IDRanges.count)
    guard let users = try? UserNamespace.create(ids) else { return nil }
    let refusal = try find(layout, users)
    try Files.makeDirectories(layout.runRoot)
    try LayerMappingRecord(device: device, refusal: refusal).write(layout.layerMapping)
    return refusal
  }

  private static func find(
    _ layout: Layout, _ users: OwnedDescriptor
  ) throws(SyscallError) -> String? {
    for directory in [layout.containers, layout.layers] where Files.isDirectory(directory) {
      let tree = try MountTree(copying: directory)
      do throws(SyscallError) { try tree.map(by: users.raw) } catch {
        return
          "\(tree.fileSystemName), the file system of \(directory), cannot show its files with "
          + "other owners (\(error.reason.lowercased()))"
      }
    }
    return nil
  }
}
