// Hot path: every sum has a stem. Guarded by `script/bench`.

public import MillraceValues

/// Builds the stems of one request's sums (`DocumentKey.stem`); what they have in common is encoded once.
public struct DocumentStems: Sendable {
    private let kind: FactKind
    /// What stands between the window and the per-values.
    private let middle: [UInt8]
    /// The window of the last stem, with its beginning.
    private var last: (windowStart: Instant, head: [UInt8])?
    private var bytes: [UInt8] = []

    /// The stems of sums of that request.
    public init(site: SiteID, request: RequestID, kind: FactKind) {
        self.kind = kind
        var middle: [UInt8] = []
        for part in [site.text, request.endpoint.text, request.request.text, kind.rawValue] {
            middle.append(UInt8(ascii: "/"))
            PercentCoding.encode(part, into: &middle)
        }
        self.middle = middle
    }

    /// The stem of the sum of that window and those per-values.
    public mutating func stem(windowStart: Instant, perValues: [String]) -> String {
        bytes.removeAll(keepingCapacity: true)
        if let last, last.windowStart == windowStart {
            bytes += last.head
        } else {
            bytes += (kind == .downtime ? windowStart.compactMilliseconds : windowStart.compact).utf8
            bytes += middle
            last = (windowStart, bytes)
        }
        for value in perValues {
            bytes.append(UInt8(ascii: "/"))
            PercentCoding.encode(value, into: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
