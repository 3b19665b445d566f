#if Web
/// Why the sandbox cannot start, or cannot answer.
public enum SandboxError: Error, Equatable, Sendable {
    /// A setting is out of its range.
    case badSetting(name: String, problem: String)
    /// The database path names a SQLite file of another program.
    case foreignDatabase(path: String)
    /// A timeline cannot be read at all.
    case unreadable(path: String)
    /// A line of a timeline is wrong.
    case badLine(path: String, line: Int, problem: String)
    /// The booked amounts of one group have too many digits for an exact sum.
    case sumTooLarge(order: String)
}

extension SandboxError: CustomStringConvertible {
    /// One sentence: what failed, where, and what to do.
    public var description: String {
        switch self {
        case .badSetting(let name, let problem): "sandbox setting '\(name)' \(problem)"
        case .foreignDatabase(let path):
            "\(path) is a SQLite file, but not one of the sandbox: name another file for the stand-in ERP"
        case .unreadable(let path): "the timeline \(path) cannot be read: check the path and its permissions"
        case .badLine(let path, let line, let problem): "\(path):\(line): \(problem)"
        case .sumTooLarge(let order):
            "the amounts booked for order '\(order)' have too many digits for an exact sum: look at the single bookings"
        }
    }
}
#endif
