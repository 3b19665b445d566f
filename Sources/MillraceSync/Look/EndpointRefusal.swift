public import MillraceCore
public import MillraceValues

/// Why an endpoint's verb does nothing.
public enum EndpointRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The site has no such endpoint.
    case noEndpoint(String, known: [String])
    /// The endpoint has no such request.
    case noRequest(String, known: [String])
    /// The request adds; it has no figure to begin at.
    case notAbsolute(RequestID)
    /// An endpoint that was off needs the time from which it books (RULES R17).
    case needsTime(EndpointID)
    /// The store was restored or copied: a reason is asked for (RULES R26).
    case needsReason(EndpointID)
    /// The time cuts a window; the nearest borders before and after.
    case noBorder(Instant, mapping: MappingName, before: Instant?, after: Instant?)
    /// The figures in the other system are asked for, of these sums (by their per-values).
    case needsFigures(RequestID, [String])
    /// A sum of that name is not known.
    case noSum(RequestID, String, known: [String])
    /// The figure of a sum could not be read.
    case figureUnread(RequestID, String, String)
    /// A figure has too many digits.
    case tooLarge(RequestID, String)

    /// One sentence.
    public var description: String {
        switch self {
        case .noEndpoint(let name, let known):
            "there is no endpoint '\(name)'; the site has \(known.joined(separator: ", "))"
        case .noRequest(let name, let known):
            "there is no request '\(name)'; the endpoint has \(known.joined(separator: ", "))"
        case .notAbsolute(let request):
            "request '\(request)' adds to what is booked and has no opening; only absolute requests do"
        case .needsTime(let id):
            "endpoint '\(id)' was off; say from when on it books: 'millrace endpoint release \(id) --discard-before TIME'"
        case .needsReason(let id):
            "endpoint '\(id)' is held because the store was restored or copied; compare the books, then release it with --reason"
        case .noBorder(let time, let mapping, let before, let after):
            "\(time.iso8601) cuts a window of mapping '\(mapping)'; the nearest borders are "
                + [before, after].compactMap { $0?.iso8601 }.joined(separator: " and ")
        case .needsFigures(let request, let sums):
            "say what '\(request)' stands at now, with --figure VALUE=FIGURE for each of: \(sums.joined(separator: ", "))"
        case .noSum(let request, let name, let known):
            "'\(request)' has no sum '\(name)'"
                + (known.isEmpty ? "" : "; waiting are \(known.joined(separator: ", "))")
        case .figureUnread(let request, let name, let why):
            "the figure of '\(name)' at '\(request)' could not be read: \(why); nothing was changed, try again or say it with --figure"
        case .tooLarge(let request, let name): "the figure of '\(name)' at '\(request)' has too many digits"
        }
    }
}
