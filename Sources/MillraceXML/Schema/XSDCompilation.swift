import CLibXML2
import MillraceCore
import MillraceValues
import Synchronization

/// The compiling of one schema: libxml2 asks for files by the process's one loader, so one is compiled at a time.
///
/// The loader stays in place for good: outside a compilation it refuses whatever libxml2 might want to open.
struct XSDCompilation: Sendable {
    private static let (mostFiles, mostBytes) = (256, 16 << 20)
    private static let turn = Mutex<Void>(())
    private static let current = Mutex<XSDCompilation?>(nil)
    private static let isReady: Bool = {
        xmlInitParser()
        xmlSetExternalEntityLoader(xsdFileWanted)
        return true
    }()

    let folder: String
    let files: SchemaFiles
    private var read: [(path: String, bytes: [UInt8])] = []
    private var bytesRead = 0
    /// Why a file was not given, in order.
    private var refused: [SchemaError] = []

    private init(folder: String, files: @escaping SchemaFiles) {
        self.folder = folder
        self.files = files
    }

    /// Compiles the schema in the file at `path`.
    static func compiled(
        _ path: String, below folder: String, files: @escaping SchemaFiles
    ) throws(SchemaError) -> CompiledSchema {
        _ = isReady
        let prefix = folder.isEmpty || folder.hasSuffix("/") ? folder : folder + "/"
        guard path.hasPrefix(prefix) else {
            throw SchemaError(file: path, line: nil, sentence: "the schema does not lie below '\(folder)'")
        }
        let parts = path.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        let name = "/" + parts.map { PercentCoding.encode(String($0)) }.joined(separator: "/")
        return try turn.withLock { _ throws(SchemaError) in
            current.withLock { $0 = XSDCompilation(folder: prefix, files: files) }
            defer { current.withLock { $0 = nil } }
            let reports = XMLReports()
            let schema = reports.listening { () -> OpaquePointer? in
                guard let context = xmlSchemaNewParserCtxt(name) else { return nil }
                defer { xmlSchemaFreeParserCtxt(context) }
                xmlSchemaSetParserStructuredErrors(context, XMLReports.take, reports.address)
                return xmlSchemaParse(context)
            }
            let state = current.withLock { $0 }
            if let error = state?.error(reports, main: path) {
                xmlSchemaFree(schema)
                throw error
            }
            guard let schema else {
                throw SchemaError(file: path, line: nil, sentence: "the schema cannot be compiled")
            }
            return CompiledSchema(schema: XSDSchema(schema), files: state?.read ?? [])
        }
    }

    /// Why the schema cannot be used; nil where it can.
    private func error(_ reports: XMLReports, main: String) -> SchemaError? {
        let first = reports.all.first { $0.isError } ?? (refused.isEmpty ? nil : reports.all.first { $0.line != nil })
        let file = first?.file.flatMap { path(of: $0) } ?? main
        if let refusal = refused.first {
            // A file that was asked for and not there: the place is where it is named, but for the first.
            if read.isEmpty { return refusal }
            return SchemaError(file: file, line: first?.line, sentence: refusal.sentence)
        }
        guard let first else { return nil }
        return SchemaError(file: file, line: first.line, sentence: first.sentence)
    }

    /// The path of a file that libxml2 knows by its name; nil for one that lies elsewhere.
    private func path(of name: String) -> String? {
        guard name.hasPrefix("/"), let inner = PercentCoding.decode(String(name.dropFirst())),
            !inner.split(separator: "/").contains("..")
        else { return nil }
        return folder + inner
    }

    /// The bytes of a file that libxml2 asks for; nil, and noted, where it does not get them.
    fileprivate static func bytes(of name: String) -> [UInt8]? {
        current.withLock { state in state?.give(name) ?? nil }
    }

    private mutating func give(_ name: String) -> [UInt8]? {
        guard let path = path(of: name) else {
            let place = folder.isEmpty ? "the site's folder" : "'\(folder)'"
            return refuse(
                name,
                "it names '\(name)', and nothing is fetched or read outside \(place); put the file there and name it by its relative path"
            )
        }
        if read.count >= Self.mostFiles {
            return refuse(path, "the schema is made of more than \(Self.mostFiles) files")
        }
        do throws(SchemaError) {
            let bytes = try files(path)
            guard bytes.count <= Self.mostBytes - bytesRead else {
                return refuse(path, "the schema's files have more than \(Self.mostBytes >> 20) MiB")
            }
            read.append((path, bytes))
            bytesRead += bytes.count
            return bytes
        } catch {
            refused.append(error)
            return nil
        }
    }

    private mutating func refuse(_ path: String, _ sentence: String) -> [UInt8]? {
        refused.append(SchemaError(file: path, line: nil, sentence: sentence))
        return nil
    }
}

private func xsdFileWanted(
    _ name: UnsafePointer<CChar>?, _ id: UnsafePointer<CChar>?, _ parser: xmlParserCtxtPtr?
) -> xmlParserInputPtr? {
    guard let name, let parser, let bytes = XSDCompilation.bytes(of: String(cString: name)) else { return nil }
    return bytes.withUnsafeBytes { raw in
        millrace_xml_input(parser, raw.bindMemory(to: CChar.self).baseAddress, Int32(raw.count), name)
    }
}
