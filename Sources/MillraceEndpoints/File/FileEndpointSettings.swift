public import MillraceCore

/// Where an endpoint of kind file puts its files, and its requests.
public struct FileEndpointSettings: Sendable {
    /// The endpoint's name.
    public var id: EndpointID
    /// The folder; made with mode 0750 where only its last part is missing.
    public var folder: String
    /// The name of a document's file.
    public var name: FileNameTemplate
    /// Its requests.
    public var requests: [FileRequestSettings]
    /// How a body is written.
    public var format = DocumentFormat.json
    /// Whether documents are written (RULES R17).
    public var delivers = true

    /// Settings with the defaults.
    public init(id: EndpointID, folder: String, name: FileNameTemplate, requests: [FileRequestSettings]) {
        self.id = id
        self.folder = folder
        self.name = name
        self.requests = requests
    }
}

/// One request of an endpoint of kind file.
public struct FileRequestSettings: Sendable {
    /// Its name within the endpoint.
    public var name: RequestName
    /// Whether a document adds or replaces.
    public var quantity: RequestContract.Quantity
    /// How a correction is written: every purpose is one more file.
    public var correct: RequestContract.Correction
    /// Documents of one value go one after the other.
    public var inOrderBy: PerField?
    /// How the reader of the files recognises a repeat: a file that was taken away would be written again.
    public var onceBy = RequestContract.OnceBy.nothing
    /// What is done for a window in a closed period.
    public var closedPeriods = RequestContract.ClosedPeriods.repost

    /// A request with nothing optional.
    public init(name: RequestName, quantity: RequestContract.Quantity, correct: RequestContract.Correction) {
        self.name = name
        self.quantity = quantity
        self.correct = correct
    }
}
