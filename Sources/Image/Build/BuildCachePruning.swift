import Linux
import Model
import State

/// Which results of build steps are given up.
package struct BuildCachePruning: Sendable {
  /// Also those that an image of the store is made of: building it again then begins anew.
  package var isAll = false
  /// Only those that were not used since this moment.
  package var unusedSince: Timestamp?
  /// Those used last stay, as far as their layers fit in so many bytes.
  package var keptBytes: Int64?

  /// Gives up what no image is made of.
  package init() {}

  /// What every build does at its end: it gives up what was not used for two months, and the oldest
  /// of what is more than 20 GB.
  package static var automatic: BuildCachePruning {
    var pruning = BuildCachePruning()
    pruning.isAll = true
    pruning.unusedSince = Timestamp(nanoseconds: Clock.now().nanoseconds - 60 * 86_400_000_000_000)
    pruning.keptBytes = 20_000_000_000
    return pruning
  }
}

extension ImageStore {
  /// Gives up results of build steps, and removes the layers that only they need.
  ///
  /// With an age and a size, what is too old goes, and of the rest what does not fit.
  ///
  /// - Returns: How many results were given up, and the bytes that became free.
  package func pruneBuildCache(
    _ pruning: BuildCachePruning
  ) throws(Diagnostic) -> (results: Int, reclaimed: Int64) {
    let cache = BuildCache(store: self)
    let owned = Set(try list().flatMap { $0.layers.map(\.chainID) })
    let isUnbounded = pruning.unusedSince == nil && pruning.keptBytes == nil
    var left: Int64 = pruning.keptBytes ?? .max
    var counted = owned
    let gone = cache.entries().filter { entry in
      let isOwned = entry.layer.map { owned.contains($0.chainID) } ?? false
      if isOwned, !pruning.isAll { return false }
      if isUnbounded { return true }
      if let moment = pruning.unusedSince, entry.lastUse < moment { return true }
      // A layer that an image or another result needs too takes no room of its own.
      guard pruning.keptBytes != nil, let layer = entry.layer,
        counted.insert(layer.chainID).inserted
      else { return false }
      left -= layer.blob.size + (contentSize(of: layer) ?? 0)
      return left < 0
    }
    try cache.forget(gone)
    if isUnbounded, pruning.isAll { try cache.forgetRecipes(before: Timestamp(nanoseconds: .max)) }
    if let moment = pruning.unusedSince { try cache.forgetRecipes(before: moment) }
    return (gone.count, gone.isEmpty ? 0 : collectGarbage())
  }
}
