/// A name that cannot be mistaken for another kind of name.
///
/// - Shape: the text as it stands in the site's files; not empty.
public struct Name<Kind>: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name itself.
    public let text: String

    /// That name.
    @inlinable public init(_ text: String) { self.text = text }
    /// That name.
    public init(stringLiteral value: String) { text = value }

    /// The name itself.
    public var description: String { text }
    /// In the order of the code points.
    public static func < (left: Name, right: Name) -> Bool { left.text < right.text }
    /// By the text. Inlinable, as is `hash`, for else each comparison in another target asks for the type's metadata.
    @inlinable public static func == (left: Name, right: Name) -> Bool { left.text == right.text }
    /// By the text.
    @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// What a `Name` can be the name of.
public enum Named {
    /// A source of readings in `millrace.yaml`.
    public enum Connector {}
    /// A system that documents are pushed to.
    public enum Endpoint {}
    /// A request of an endpoint.
    public enum Request {}
    /// A mapping file.
    public enum Mapping {}
    /// A run of the program.
    public enum Run {}
    /// A site, a plant.
    public enum Site {}
}

/// The name of a connector.
public typealias ConnectorID = Name<Named.Connector>
/// The name of an endpoint.
public typealias EndpointID = Name<Named.Endpoint>
/// The name of a request, within its endpoint.
public typealias RequestName = Name<Named.Request>
/// The name of a mapping, unique over all files of a site.
public typealias MappingName = Name<Named.Mapping>
/// The name of a run: its start in UTC and its process.
public typealias RunID = Name<Named.Run>
/// The name of a site; it is part of every key.
public typealias SiteID = Name<Named.Site>

/// One request of one endpoint.
public struct RequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The endpoint.
    public let endpoint: EndpointID
    /// The request within it.
    public let request: RequestName

    /// That request of that endpoint.
    public init(_ endpoint: EndpointID, _ request: RequestName) {
        self.endpoint = endpoint
        self.request = request
    }

    /// `endpoint/request`.
    public var description: String { "\(endpoint)/\(request)" }
    /// By endpoint, then by request.
    public static func < (left: RequestID, right: RequestID) -> Bool {
        (left.endpoint, left.request) < (right.endpoint, right.request)
    }
}
