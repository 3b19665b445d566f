public import MillraceCore
public import MillraceValues
public import MillraceYAML

/// An endpoint as the site's file defines it (DESIGN section 6).
public struct EndpointDefinition: Sendable {
    /// How documents go out.
    public enum Kind: Sendable {
        /// By HTTP.
        case http(HTTPEndpointDefinition)
        /// As files in a folder.
        case file(FileEndpointDefinition)
    }

    /// What it promises.
    public var contract: EndpointContract
    /// How documents go out.
    public var kind: Kind
    /// Its requests, in the order they are written.
    public var requests: [RequestDefinition]
    /// Where its name stands.
    public var mark: SourceMark

    /// The endpoint's name.
    public var id: EndpointID { contract.id }
    /// The request of that name; nil where there is none.
    public func request(_ name: RequestName) -> RequestDefinition? { requests.first { $0.contract.id.request == name } }
}

/// An endpoint reached by HTTP.
public struct HTTPEndpointDefinition: Sendable, Hashable {
    /// How the program proves who it is.
    public enum Auth: Sendable, Hashable {
        /// Not at all.
        case none
        /// A token in the header `Authorization`.
        case bearer(ReferencedText)
        /// A name and a password.
        case basic(user: ReferencedText, password: ReferencedText)
        /// A secret in a header of that name.
        case header(name: String, value: ReferencedText)
    }

    /// Certificates, as paths of files.
    public struct TLS: Sendable, Hashable {
        /// The authorities that are trusted; nil for the system's.
        public var ca: String?
        /// The certificate that the program shows.
        public var certificate: String?
        /// Its key.
        public var key: String?
    }

    /// How long things may take.
    public struct Timeouts: Sendable, Hashable {
        /// A whole request.
        public var total: Duration = .seconds(30)
        /// Until the connection stands.
        public var connect: Duration = .seconds(10)
        /// Without a byte either way; nil for no limit of its own.
        public var lowSpeed: Duration?
    }

    /// The address that paths are appended to, without a slash at its end.
    public var url: ReferencedText
    /// How the program proves who it is.
    public var auth: Auth
    /// Certificates.
    public var tls: TLS
    /// Headers of every request.
    public var headers: [Header]
    /// How long things may take.
    public var timeouts: Timeouts

    /// A header of every request.
    public struct Header: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: ReferencedText
    }
}

/// An endpoint that is a folder.
public struct FileEndpointDefinition: Sendable, Hashable {
    /// How a document is written.
    public enum Format: String, Sendable, CaseIterable {
        /// One JSON value.
        case json
        /// One JSON value on one line.
        case ndjson
        /// A header and one row.
        case csv
        /// An XML document.
        case xml
    }

    /// The folder, resolved beside the site's file.
    public var folder: String
    /// The file's name, a function of the key.
    public var name: PathTemplate
    /// How a document is written.
    public var format: Format
}

/// One request of an endpoint.
public struct RequestDefinition: Sendable {
    /// What it promises.
    public var contract: RequestContract
    /// How a document is sent; nil where the endpoint is a folder.
    public var call: CallDefinition?
    /// How a correction is sent, for `reverse` and `replace`.
    public var correction: CallDefinition?
    /// What the endpoint is asked for before each call, to stand in its path.
    public var resolve: [Resolving]
    /// How an absolute figure is read.
    public var read: FigureRead?
    /// How the endpoint is asked for a key.
    public var lookup: KeyLookup?
    /// Rules for what an answer means, from the top; then the defaults of RULES R22.
    public var classify: [ClassifyRule]
    /// The path in the answer to the endpoint's own number; nil where it gives none.
    public var receiptPath: String?
    /// Where its name stands.
    public var mark: SourceMark
}

/// A method and a path.
public struct CallDefinition: Hashable, Sendable {
    /// `GET`, `POST`, `PUT` or `PATCH`.
    public var method: String
    /// The path behind the endpoint's url.
    public var path: PathTemplate
}

extension RequestDefinition {
    /// The fields of a document that its paths and questions name.
    var fieldNames: Set<String> {
        let questions = resolve.map(\.question) + [read?.question, lookup?.question].compactMap { $0 }
        let paths = [call, correction].compactMap { $0 } + questions.map(\.call)
        let calculated = questions.flatMap { $0.lets + [$0.body].compactMap { $0 } }
        let found = Set(resolve.map(\.name) + questions.flatMap { $0.lets.map(\.name) })
        return Set(paths.flatMap(\.path.fields)).subtracting(found).union(calculated.flatMap(\.inputs))
    }
}

/// A call that changes nothing, with what its path and body are made of.
public struct QuestionDefinition: Sendable {
    /// `GET`, or `POST` with a body.
    public var call: CallDefinition
    /// Calculated values: `{name}` in the path, `$name` in the later ones and the body.
    public var lets: [EndpointExpression]
    /// The body of a `POST`.
    public var body: EndpointExpression?
}

/// Something that the endpoint knows by a number of its own, which stands in a path as `{name}`.
public struct Resolving: Sendable {
    /// Its name.
    public var name: String
    /// What is asked.
    public var question: QuestionDefinition
    /// The path in the answer to the one value.
    public var valuePath: String
}

/// How an absolute figure is read.
public struct FigureRead: Sendable {
    /// Where the figure stands in the answer.
    public enum Figure: Sendable {
        /// At a path.
        case path(String)
        /// It is calculated of the answer.
        case expression(EndpointExpression)
    }

    /// What is asked.
    public var question: QuestionDefinition
    /// Where the figure stands in the answer.
    public var figure: Figure
    /// Whether a 404 says that the figure is 0 (`not-found: 0`).
    public var zeroIs404 = false
}

/// How an endpoint is asked whether it has a key.
public struct KeyLookup: Sendable {
    /// What is asked.
    public var question: QuestionDefinition
    /// Holds on the answer's body where the document is there.
    public var there: Condition
    /// Holds where it is not; nil where every other JSON answer says so.
    public var notThere: Condition?
    /// The path in the answer to the endpoint's own number.
    public var receiptPath: String?
    /// Whether a 404 says that the document is not there (`not-found: not-there`).
    public var missingIs404 = false
}

/// A rule for what an answer means.
public struct ClassifyRule: Sendable {
    /// The status codes it is for; nil for all.
    public var status: Set<Int>?
    /// Holds on the answer's body; nil for any.
    public var when: Condition?
    /// A header that the answer has to bear; nil for any.
    public var header: String?
    /// What the header has to say; nil for anything.
    public var headerValue: String?
    /// What it means.
    public var outcome: Outcome

    /// Whether the rule is for such an answer; `header` gives the value of a header by its name, `body` is nil where it is no JSON.
    public func matches(status: Int, header: (String) -> String?, body: Value?) -> Bool {
        if let codes = self.status, !codes.contains(status) { return false }
        if let name = self.header {
            guard let value = header(name) else { return false }
            if let headerValue, headerValue != value { return false }
        }
        guard let when else { return true }
        return body.map { when.holds(on: $0) } ?? false
    }
}
