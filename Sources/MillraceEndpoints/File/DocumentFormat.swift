import MillraceCore
import MillraceMapping
import MillraceValues

/// How a body is written into a file whose mapping leaves it to the endpoint.
public enum DocumentFormat: Hashable, Sendable {
    /// JSON without blanks.
    case json
    /// One JSON value and a line feed for each item of a list, or for the body.
    case ndjson
    /// A header and one row for each item of a list, or for the body (RFC 4180).
    case csv(delimiter: UInt8)
    /// XML 1.0 with one element for each member, in an element of this name.
    case xml(root: String)

    /// CSV with commas.
    public static let csv = DocumentFormat.csv(delimiter: UInt8(ascii: ","))
    /// XML in the element `document`.
    public static let xml = DocumentFormat.xml(root: "document")

    /// The bytes of a body.
    ///
    /// - Throws: what the format cannot hold, in one sentence.
    func bytes(_ body: Value) throws(EndpointError) -> [UInt8] {
        do throws(BodyFault) {
            switch self {
            case .json: return JSONWriter.bytes(body)
            case .ndjson:
                var bytes: [UInt8] = []
                for item in body.array ?? [body] {
                    JSONWriter.write(item, into: &bytes)
                    bytes.append(UInt8(ascii: "\n"))
                }
                return bytes
            case .csv(let delimiter):
                var form = CSVForm()
                form.dialect = CSVDialect(delimiter: delimiter)
                return try form.bytes(body)
            case .xml(let root): return try XMLForm(root: root).bytes(body)
            }
        } catch {
            throw EndpointError(error.description)
        }
    }
}
