public import MillraceCore
public import MillraceMapping

/// The world around a run, handed in so that a whole plant can be simulated.
public struct RunWorld: Sendable {
    /// The store.
    public var store: any SiteStore
    /// The connectors, in the order of the site's file.
    public var connectors: [any Connector]
    /// The endpoints by name.
    public var endpoints: [EndpointID: any Endpoint]
    /// Time and chance.
    public var clock: Clock
    /// The mappings' texts as they are now.
    public var texts: [MappingText]
    /// Compiles a kept text of a reading mapping.
    public var compileReading: @Sendable (MappingText) throws -> ReadingMapping?
    /// Compiles a kept text of a document mapping.
    public var compileDocument: @Sendable (MappingText) throws -> DocumentMapping?
    /// Whether there is room on the disk to pull more; false stops pulling before the disk is full.
    public var hasRoom: @Sendable () -> Bool
    /// Why nothing may be sent from this store (RULES R26); nil where all is well.
    public var identityTrouble: String?
    /// Endpoints whose secret cannot be read, and why: nothing is sent to them.
    public var locked: [EndpointID: String] = [:]
    /// Is told how far the work is, after each page of readings and each attempt; nil where nobody waits.
    public var progress: ProgressWatch?

    /// A world of these parts.
    public init(
        store: any SiteStore, connectors: [any Connector], endpoints: [EndpointID: any Endpoint], clock: Clock,
        texts: [MappingText], compileReading: @escaping @Sendable (MappingText) throws -> ReadingMapping?,
        compileDocument: @escaping @Sendable (MappingText) throws -> DocumentMapping?,
        hasRoom: @escaping @Sendable () -> Bool, identityTrouble: String?
    ) {
        self.store = store
        self.connectors = connectors
        self.endpoints = endpoints
        self.clock = clock
        self.texts = texts
        self.compileReading = compileReading
        self.compileDocument = compileDocument
        self.hasRoom = hasRoom
        self.identityTrouble = identityTrouble
    }
}
