/// The media types of images, in the OCI and the Docker spelling.
///
/// Source: OCI image specification, media-types.md; Docker image manifest version 2, schema 2.
package enum MediaType {
  /// An OCI manifest.
  package static let manifest = "application/vnd.oci.image.manifest.v1+json"
  /// An OCI index: one manifest a platform.
  package static let index = "application/vnd.oci.image.index.v1+json"
  /// An OCI image configuration.
  package static let configuration = "application/vnd.oci.image.config.v1+json"
  /// A layer as a plain tar.
  package static let layer = "application/vnd.oci.image.layer.v1.tar"
  /// A layer as a tar compressed by gzip.
  package static let gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip"
  /// A layer as a tar compressed by Zstandard.
  package static let zstdLayer = "application/vnd.oci.image.layer.v1.tar+zstd"
  /// A Docker manifest.
  package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
  /// A Docker manifest list: one manifest a platform.
  package static let dockerManifestList =
    "application/vnd.docker.distribution.manifest.list.v2+json"
  /// A Docker image configuration.
  package static let dockerConfiguration = "application/vnd.docker.container.image.v1+json"
  /// A Docker layer compressed by gzip.
  package static let dockerGzipLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
  /// A Docker layer as a plain tar.
  package static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"

  /// True for an index and for a manifest list.
  package static func isIndex(_ type: String) -> Bool {
    type == index || type == dockerManifestList
  }
  /// True for a manifest of one image.
  package static func isManifest(_ type: String) -> Bool {
    type == manifest || type == dockerManifest
  }
  /// True for a layer of an image's root file system.
  package static func isLayer(_ type: String) -> Bool {
    [layer, gzipLayer, zstdLayer, dockerGzipLayer, dockerLayer].contains(type)
  }

  /// The layer type for a compression as the archive helper names it.
  static func layer(compression: String) -> String? {
    ["none": layer, "gzip": gzipLayer, "zstd": zstdLayer][compression]
  }
}
