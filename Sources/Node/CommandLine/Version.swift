/// The version of all programs of this repository. scripts/package reads it here.
package enum Version {
    package static let current = "0.1.0"
}
