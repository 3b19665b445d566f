import MillraceCore
import MillraceValues
import MillraceYAML

/// Reads `body:` of a document mapping: how its bytes are written. Without it the endpoint decides, JSON over HTTP.
///
/// ```yaml
/// body:
///   xml: {root: …, namespace: …, namespaces: {prefix: …}, declaration: true, indent: 0, schema: xsd/….xsd}
///   csv: {columns: […], delimiter: ";", quote: "\"", quoted: where-needed, header: true, decimal-comma: false, line-end: crlf}
///   content-type: application/xml; charset=utf-8
/// ```
struct BodySection {
    let faults: DiagnosticList
    let context: MappingContext
    let source: TableSource
    /// The node of `fields`.
    let fields: MarkedNode?

    enum Quoted: String, CaseIterable { case whereNeeded = "where-needed", always }
    enum LineEnd: String, CaseIterable { case crlf, lf }

    func body(of reader: NodeReader) -> DocumentBody? {
        guard let section = reader.reader("body") else { return nil }
        defer { section.finish() }
        let (xml, csv) = (section.reader("xml"), section.reader("csv"))
        let type = section.text("content-type")
        if let type, type.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value > 0x7E }) || !type.contains("/")
        {
            faults.error(
                .badScalar, at: section.optional("content-type")?.mark ?? section.node.mark,
                "'\(type)' is no media type, such as text/xml; charset=utf-8")
        }
        let place = faults.place(section.node.mark)
        switch (xml, csv) {
        case (let xml?, nil):
            let (form, schema, files) = xmlForm(xml)
            let names = BodyNames(faults: faults)
            if let form { names.check(fields, as: form) }
            guard let form else { return nil }
            return DocumentBody(
                form: .xml(form), contentType: type ?? "application/xml; charset=utf-8", schema: schema,
                schemaFiles: files, place: place, places: names.places)
        case (nil, let csv?):
            var form = csvForm(csv)
            let names = BodyNames(faults: faults)
            let columns = names.columns(fields)
            if let listed = csv.texts("columns") {
                check(listed, against: columns, csv)
                form.columns = listed.map(\.text)
            } else {
                form.columns = columns
            }
            csv.finish()
            return DocumentBody(
                form: .csv(form), contentType: type ?? "text/csv; charset=utf-8", schema: nil, schemaFiles: [],
                place: place, places: names.places)
        default:
            faults.error(
                .oneSource, at: section.node.mark,
                "'body' needs exactly one of 'xml' and 'csv'; leave it out for what the endpoint writes by itself")
            return nil
        }
    }

    // MARK: XML

    private func xmlForm(
        _ xml: NodeReader
    ) -> (form: XMLForm?, schema: DocumentBody.Held?, files: [(path: String, bytes: [UInt8])]) {
        defer { xml.finish() }
        let root = xml.text("root", required: true)
        var form = XMLForm(root: root ?? "document")
        form.namespace = xml.text("namespace")
        for member in xml.members("namespaces") ?? [] {
            guard let namespace = faults.text(member.value, what: "'\(member.key)' of 'namespaces'") else { continue }
            if !XMLNameRule.isName(member.key) {
                faults.error(
                    .badScalar, at: member.keyMark,
                    "'\(member.key)' is no prefix: a letter, then letters, digits, '-', '.' and '_'; not xml…")
            }
            form.prefixes.append(XMLForm.Prefix(name: member.key, namespace: namespace))
        }
        form.declaration = xml.flag("declaration") ?? true
        form.indent = xml.integer("indent", in: 0...8) ?? 0
        if let root, let fault = form.fault(inName: root) {
            faults.error(.badScalar, at: xml.optional("root")?.mark ?? xml.node.mark, fault)
        }
        let (schema, files) = schema(xml)
        return (root == nil ? nil : form, schema, files)
    }

    private func schema(_ xml: NodeReader) -> (DocumentBody.Held?, [(path: String, bytes: [UInt8])]) {
        guard let text = xml.text("schema") else { return (nil, []) }
        let mark = xml.optional("schema")?.mark ?? xml.node.mark
        guard let schemas = context.schemas else {
            faults.error(.schema, at: mark, "this program has no validator for schemas; leave 'schema' out")
            return (nil, [])
        }
        let path = MappingPath.resolve(text, at: mark, faults)
        let source = source
        do throws(SchemaError) {
            let compiled = try schemas.schema(at: path, below: folder(around: path, of: faults.source(of: mark).file)) {
                (file) throws(SchemaError) -> [UInt8] in
                switch source(file) {
                case .bytes(let bytes): return bytes
                case .unreadable(let why):
                    throw SchemaError(
                        file: file, line: nil, sentence: "the schema's file \(file) cannot be read: \(why)")
                }
            }
            return (DocumentBody.Held(schema: compiled.schema, file: path), compiled.files)
        } catch {
            report(error, path, mark)
            return (nil, [])
        }
    }

    /// Where a schema's files may lie: below the mapping's folder; for one beside that, such as `../xsd`, below the folder
    /// around both; for one from elsewhere, below its own.
    private func folder(around path: String, of file: String) -> String {
        let own = Self.folder(of: MappingPath.ready(file) == nil ? file : faults.source.file)
        for folder in [own, Self.folder(of: own)]
        where folder.isEmpty ? !path.hasPrefix("/") && !path.hasPrefix("../") : path.hasPrefix(folder + "/") {
            return folder
        }
        return Self.folder(of: path)
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// A missing file is the mapping's fault, all else the schema's own.
    private func report(_ error: SchemaError, _ path: String, _ mark: SourceMark) {
        guard let line = error.line else { return faults.error(.schema, at: mark, error.sentence) }
        if case .bytes(let bytes) = source(error.file) {
            let list = DiagnosticList(SourceText(file: error.file, text: String(decoding: bytes, as: UTF8.self)))
            list.error(.schema, at: SourceMark(line: line, column: 1), error.sentence)
            faults.take(list.sorted)
        }
        faults.error(.schema, at: mark, "the schema cannot be used: \(error.description)")
    }

    // MARK: CSV

    private func csvForm(_ csv: NodeReader) -> CSVForm {
        var form = CSVForm()
        let (delimiter, quote) = (csv.optional("delimiter")?.text ?? ",", csv.optional("quote")?.text ?? "\"")
        if let dialect = CSVDialect(delimiter: delimiter, quote: quote.isEmpty ? nil : quote) {
            form.dialect = dialect
        } else {
            let mark = (csv.optional("delimiter") ?? csv.optional("quote"))?.mark ?? csv.node.mark
            faults.error(
                .badScalar, at: mark,
                "'delimiter' and 'quote' are two different characters of ASCII, such as \";\" and '\"'; \"\" as quote is none"
            )
        }
        form.quotesAll = csv.word("quoted", Quoted.self) == .always
        if form.quotesAll, quote.isEmpty {
            faults.error(.contradiction, at: csv.mark(of: "quoted"), "'quoted: always' needs a 'quote'")
        }
        form.header = csv.flag("header") ?? true
        form.decimalComma = csv.flag("decimal-comma") ?? false
        if form.decimalComma, quote.isEmpty, delimiter == "," {
            faults.error(
                .contradiction, at: csv.mark(of: "decimal-comma"),
                "numbers with a comma between commas need a 'quote' or another 'delimiter'")
        }
        form.endsWithCRLF = csv.word("line-end", LineEnd.self) != .lf
        return form
    }

    private func check(_ listed: [MarkedText], against columns: [String], _ csv: NodeReader) {
        var seen: Set<String> = []
        for name in listed {
            if !columns.contains(name.text) {
                faults.unknown(name.text, "field", among: columns, at: name.mark, orLiteral: false)
            }
            if !seen.insert(name.text).inserted {
                faults.error(.duplicateKey, at: name.mark, "the column '\(name.text)' stands twice")
            }
        }
        for name in columns where !seen.contains(name) {
            faults.error(
                .missingKey, at: csv.mark(of: "columns"),
                "the field '\(name)' is in no column; add it to 'columns', or take the field away")
        }
    }
}
