/// Why a kept state cannot be read.
public enum StateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is of a version that this program does not know.
    case unknownVersion
    /// A part of it is missing or is not what it should be.
    case malformed(part: String)

    /// One sentence.
    public var description: String {
        switch self {
        case .unknownVersion:
            "a kept state is of a newer version of this program; use that version, nothing was changed"
        case .malformed(let part):
            "a kept state has no usable '\(part)'; check the store with 'millrace store verify', nothing was changed"
        }
    }
}
