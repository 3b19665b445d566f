import CLibXML2
import MillraceCore
import Synchronization

/// A schema that libxml2 compiled. One document is judged at a time.
final class XSDSchema: DocumentSchema {
    private static let mostFaults = 10
    private let schema: Mutex<OpaquePointer>

    /// Takes the schema over and frees it at its end.
    init(_ schema: sending OpaquePointer) { self.schema = Mutex(schema) }

    deinit { schema.withLock { xmlSchemaFree($0) } }

    /// Why the document is not as the schema wants it.
    func faults(in document: [UInt8]) -> [SchemaFault] {
        schema.withLock { schema in
            let reports = XMLReports()
            let (isValid, namespaces) = reports.listening { Self.judge(document, by: schema, reports) }
            if isValid { return [] }
            let found = reports.all.filter(\.isError).prefix(Self.mostFaults)
            if found.isEmpty { return [SchemaFault(sentence: "the validator could not judge it", path: [], line: nil)] }
            return found.map { report in
                var sentence = report.sentence
                for namespace in namespaces { sentence = sentence.replacing("{\(namespace)}", with: "") }
                return SchemaFault(sentence: sentence, path: report.path, line: report.line)
            }
        }
    }

    /// Validates; what is wrong goes to the reports. Gives the namespaces that the document declares.
    private static func judge(
        _ document: [UInt8], by schema: OpaquePointer, _ reports: XMLReports
    ) -> (isValid: Bool, namespaces: [String]) {
        let read = document.withUnsafeBytes { raw in
            xmlReadMemory(
                raw.bindMemory(to: CChar.self).baseAddress, Int32(clamping: raw.count), nil, nil,
                Int32(XML_PARSE_NONET.rawValue))
        }
        guard let read else { return (false, []) }
        defer { xmlFreeDoc(read) }
        guard let context = xmlSchemaNewValidCtxt(schema) else { return (false, []) }
        defer { xmlSchemaFreeValidCtxt(context) }
        xmlSchemaSetValidStructuredErrors(context, XMLReports.take, reports.address)
        let isValid = xmlSchemaValidateDoc(context, read) == 0
        var namespaces: [String] = []
        var next = xmlDocGetRootElement(read)?.pointee.nsDef
        while let here = next {
            if let href = here.pointee.href { namespaces.append(String(cString: href)) }
            next = here.pointee.next
        }
        return (isValid, namespaces)
    }
}
