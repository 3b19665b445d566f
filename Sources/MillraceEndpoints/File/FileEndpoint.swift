import Glibc
public import MillraceCore
import MillraceMapping
public import MillraceValues

/// A folder that documents are put into, one file each (RULES R25).
public struct FileEndpoint: Endpoint {
    /// What the endpoint promises.
    public let contract: EndpointContract
    private let settings: FileEndpointSettings
    private let writer: FolderWriter

    /// An endpoint of these settings; nothing is touched yet.
    ///
    /// - Throws: the first setting that cannot be used, in one sentence.
    public init(_ settings: FileEndpointSettings) throws(EndpointError) {
        if case .xml(let root) = settings.format, !XMLNameRule.isName(root) {
            throw EndpointError("endpoint '\(settings.id)': '\(root)' is no name for an XML element; correct 'root'")
        }
        guard !settings.folder.isEmpty, !settings.folder.utf8.contains(0) else {
            throw EndpointError("endpoint '\(settings.id)': 'folder' names none")
        }
        self.settings = settings
        writer = FolderWriter(folder: settings.folder)
        contract = EndpointContract(
            id: settings.id, delivers: settings.delivers, concurrency: 1, perSecond: nil,
            requests: settings.requests.map { request in
                // A look-up need not wait: no file appears after the run that wrote it has died.
                RequestContract(
                    id: RequestID(settings.id, request.name), quantity: request.quantity, correct: request.correct,
                    inOrderBy: request.inOrderBy, onceBy: request.onceBy, canLookUp: true, canReadFigure: false,
                    timeout: .zero, keyLimit: nil, closedPeriods: request.closedPeriods)
            })
    }

    /// The body in the endpoint's format.
    public func encode(_ body: Value, for request: RequestName) throws(EndpointError) -> [UInt8] {
        guard settings.requests.contains(where: { $0.name == request }) else {
            let known = settings.requests.map { "'\($0.name)'" }.joined(separator: ", ")
            throw EndpointError("endpoint '\(settings.id)' has no request '\(request)'; it has \(known)")
        }
        return try settings.format.bytes(body)
    }

    /// For every request that it has, where its files are JSON.
    public func writesJSON(_ request: RequestName) -> Bool {
        settings.format == .json && settings.requests.contains { $0.name == request }
    }

    /// Puts the document's file into the folder.
    ///
    /// - Shape: the receipt is the file's name.
    public func deliver(_ document: Document) async -> Delivery {
        let name: String
        let body: [UInt8]
        do throws(EndpointError) {
            (name, body) = try file(of: document)
        } catch {
            return Delivery(.refused, sentence: "endpoint '\(settings.id)', nothing was written: \(error)")
        }
        let path = "\(settings.folder)/\(name)"
        switch await writer.write(name, body) {
        case .written: return Delivery(.done, receipt: name, sentence: "\(path): written")
        case .same: return Delivery(.duplicate, receipt: name, sentence: "\(path): the same file was there already")
        case .different:
            let advice = "take it away, then release the document"
            return Delivery(
                .refused, sentence: "\(path): another file of that name is there and was left as it is; \(advice)")
        case .notWritten(let fault):
            return Delivery(
                .notSent, sentence: "endpoint '\(settings.id)', nothing was written: \(fault); make room or rights")
        case .unknown(let fault):
            return Delivery(
                .unknown, sentence: "endpoint '\(settings.id)', the file may be there: \(fault); look for \(path)")
        }
    }

    /// Looks for the document's file.
    public func lookUp(_ document: Document) async -> LookUp {
        let name: String
        let body: [UInt8]
        do throws(EndpointError) {
            (name, body) = try file(of: document)
        } catch {
            return .noAnswer("endpoint '\(settings.id)', nothing was looked for: \(error)")
        }
        let path = "\(settings.folder)/\(name)"
        return switch await writer.find(name, body) {
        case .same: .there(receipt: name)
        case .begun: .notThere
        case .different: .noAnswer("\(path): another file of that name is there; settle it by hand")
        case .nothing:
            .noAnswer(
                "\(path) is not there: it was never written, or taken away already; decide with 'millrace queue resolve'"
            )
        case .unseen(let fault): .noAnswer("\(fault); check the folder of endpoint '\(settings.id)'")
        }
    }

    /// Looks whether the folder is there, or can be made, and may be written.
    public func test() async -> EndpointTest {
        var folder = settings.folder
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let isThere = access(folder, F_OK) == 0
        if !isThere {
            // The folder is made with the first document, and only it: above a share that is not mounted nothing must be made.
            let parent = folder.lastIndex(of: "/").map { $0 == folder.startIndex ? "/" : String(folder[..<$0]) } ?? "."
            if access(parent, F_OK) != 0 {
                return EndpointTest([
                    .init(
                        .folder, .failed,
                        "the folder \(folder) cannot be made, for \(parent) is not there; make it, or mount what belongs there"
                    )
                ])
            }
            folder = parent
        }
        if access(folder, W_OK | X_OK) == 0 {
            let made = isThere ? "it is there" : "it is made with the first document"
            return EndpointTest([.init(.folder, .proved, "\(settings.folder): \(made), and may be written")])
        }
        let reason = String(cString: strerror(errno))
        return EndpointTest([
            .init(.folder, .failed, "\(folder) may not be written (\(reason)); give this user the right to")
        ])
    }

    /// A folder has no figures.
    public func readFigure(_ request: RequestName, fields: ValueObject) async -> FigureReading { .notOffered }

    private func file(of document: Document) throws(EndpointError) -> (name: String, body: [UInt8]) {
        guard let body = document.body else {
            throw EndpointError("the document has no body; make it anew with 'millrace queue remap'")
        }
        return (try settings.name.name(of: document), body)
    }
}
