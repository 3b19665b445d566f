import ArgumentParser
import Foundation
import MillraceCore
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@testable import MillraceCLI
@testable import MillraceMapping

/// The YAML files of this repository, and of the shared examples where they are there.
enum RepositoryFiles {
    static let root = String(
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/"))

    static var yaml: [String] {
        var folders = [root + "/mappings", root + "/Tests/MillraceCLITests/Fixtures/EveryKey"]
        folders += names(in: root + "/samples").map { "\(root)/samples/\($0)" }
        if let shared = SharedData.folder { folders.append(shared + "/examples") }
        return folders.flatMap { [$0, $0 + "/mappings"] }.flatMap { folder in
            names(in: folder).filter { $0.hasSuffix(".yaml") }.map { folder + "/" + $0 }
        }
    }

    static func names(in folder: String) -> [String] {
        // try?: a folder that is not there holds nothing
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    static func node(_ path: String) throws -> MarkedNode {
        try node(text: String(contentsOfFile: path, encoding: .utf8), path)
    }

    static func node(text: String, _ path: String = "test.yaml") throws -> MarkedNode {
        try #require(YAMLFile.read(DiagnosticList(SourceText(file: path, text: text))))
    }
}

@Suite("millrace map schema")
struct MapSchemaTests {
    private static let schemas = [
        "mapping": JSONSchema.mappings(), "site": JSONSchema.site(connectors: ConnectorKeys.kinds),
    ]

    private func faults(_ node: MarkedNode, _ kind: String) throws -> [String] {
        try Draft7(try #require(Self.schemas[kind])).faults(Value(asEditorsSee: node))
    }

    @Test func `every mapping and site file of the repository is valid against the schema`() throws {
        let files = RepositoryFiles.yaml

        #expect(files.count >= 20)
        for path in files {
            let kind = path.hasSuffix("/millrace.yaml") ? "site" : "mapping"
            #expect(try faults(RepositoryFiles.node(path), kind) == [], "\(path)")
        }
    }

    /// With MILLRACE_WRITE_GOLDEN=1 the files are written.
    @Test(arguments: ["mapping", "site"])
    func `the schemas in mappings-schema are the ones that the program prints`(kind: String) throws {
        let text = MapSchemaCommand.text(try #require(Self.schemas[kind])) + "\n"
        let path = "\(RepositoryFiles.root)/mappings/schema/\(kind).json"
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_GOLDEN"] == "1" {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        #expect(try JSONReader.read(text) == Self.schemas[kind])
    }

    static let counts = """
        mapping: eleven
        from:
          connector: press-line
          signals:
            parts: {type: PART_COUNT, subType: GOOD}
        to: {fact: production-count}
        fields:
          equipment: device
          time: {from: time, type: time}
          order: {value: none}
          operation: {value: none}
          good:  {counter: parts, modulus: 65536, max-rate: 40/min, reset: evidence}
        """

    /// Those of the eleven mistakes that show in the structure, and some of their kind.
    @Test(arguments: [
        ("modulus", "moduls"), ("40/min", "40 per min"), ("reset: evidence", "reset: evidense"),
        ("{counter: parts", "{value: 3, counter: parts"), ("operation: {value: none}", "operation: 0020"),
        ("  order: {value: none}\n", ""), ("{fact: production-count}", "{fact: production-counts}"),
        ("mapping: eleven\n", ""), ("counter: parts", "counter: [parts]"), ("{value: none}", "{values: none}"),
        ("to: {fact: production-count}", "states: []\nto: {fact: production-count}"), ("from:", "form:"),
    ])
    func `a mistake of structure is refused by the schema as by check`(right: String, wrong: String) throws {
        #expect(try faults(RepositoryFiles.node(text: Self.counts), "mapping") == [])

        let text = Self.counts.replacingOccurrences(of: right, with: wrong)
        #expect(text != Self.counts)
        #expect(try faults(RepositoryFiles.node(text: text), "mapping") != [], "\(text)")
        let parsed = MappingFile.parse(
            text: text, file: "m.yaml", context: MappingContext(site: "P01", zone: .utc), tables: { _ in .bytes([]) })
        #expect(parsed.mapping == nil)
    }

    private static let overlay = """
        mapping: mine
        extends: shift-confirmation
        from: {where: 'operation = "0020"', close: {settle: 2 min}}
        to: {request: other}
        fields:
          Yield: {fields: {unit: {value: ST}}}
          order: {from: order, type: string}
          good: {increment: Menge, decimal-comma: true}
        body: {xml: {indent: 2}}
        """

    @Test(arguments: [
        ("settle: 2 min", "setle: 2 min"), ("{request: other}", "{requets: other}"), ("value: ST", "valeu: ST"),
        ("type: string", "type: strings"), ("increment: Menge", "incremet: Menge"), ("indent: 2", "indent: two"),
        ("{where:", "{wher:"),
    ])
    func `a mistake deep in an overlay is refused`(right: String, wrong: String) throws {
        #expect(try faults(RepositoryFiles.node(text: Self.overlay), "mapping") == [])

        let text = Self.overlay.replacingOccurrences(of: right, with: wrong)
        #expect(text != Self.overlay)
        #expect(try faults(RepositoryFiles.node(text: text), "mapping") != [], "\(text)")
    }

    @Test(arguments: ["where: 'a = 1'", "same-when: [a]"])
    func `what a counter shared by orders cannot have is not offered`(key: String) throws {
        let text = """
            mapping: halves
            from: {connector: mould}
            to: {fact: production-count}
            share: [{parts: 1, order: l, operation: o}, {parts: 1, order: r, operation: o}]
            fields: {equipment: device, time: time, good: {counter: shots, max-rate: 40/min}}
            """

        #expect(try faults(RepositoryFiles.node(text: text), "mapping") == [])
        #expect(try faults(RepositoryFiles.node(text: text + "\n" + key), "mapping") != [])
    }

    // MARK: The tables of keys

    /// The keys of the fixture by their tables; each is one that the compilers read, for the site has no fault.
    @Test func `every key of every table stands in a file that is checked without a fault`() throws {
        let folder = RepositoryFiles.root + "/Tests/MillraceCLITests/Fixtures/EveryKey"
        let compiled = CompiledSite(try SiteFolder(try GlobalOptions.parse(["--site", folder])))
        var seen: [String: Set<String>] = [:]
        var tables: [String: KeyTable] = [:]

        for path in RepositoryFiles.names(in: folder + "/mappings").map({ folder + "/mappings/" + $0 }) {
            let node = try RepositoryFiles.node(path)
            Self.note(node, node["extends"] == nil ? MappingKeys.table(of: node) : MappingKeys.overlay, &seen, &tables)
        }
        let site = SiteKeys.file(connectors: ConnectorKeys.kinds)
        Self.note(try RepositoryFiles.node(folder + "/millrace.yaml"), site, &seen, &tables)

        #expect(compiled.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        for root in MappingKeys.kinds + [MappingKeys.overlay, site] { #expect(tables[root.name] != nil) }
        // What counts of several orders have in common with those of one stands in files of the one.
        for (shared, own) in [("shared-count-reading", "count-reading"), ("shared-count-fields", "count-fields")] {
            seen[shared, default: []].formUnion(seen[own] ?? [])
        }
        // What an overlay takes from the kinds stands in files of those kinds.
        let all = Set(seen.values.joined())
        for name in tables.keys where name.hasPrefix("overlay") { seen[name, default: []].formUnion(all) }
        for table in tables.values {
            let missing = table.keys.map(\.name).filter { seen[table.name]?.contains($0) != true }
            #expect(missing == [], "'\(table.name)' has keys that no file shows to be read")
        }
    }

    private static func note(
        _ node: MarkedNode, _ table: KeyTable, _ seen: inout [String: Set<String>], _ tables: inout [String: KeyTable]
    ) {
        tables[table.name] = table
        for member in node.members ?? [] {
            seen[table.name, default: []].insert(member.key)
            guard let form = table[member.key]?.form ?? table.rest else { continue }
            note(member.value, form, &seen, &tables)
        }
    }

    private static func note(
        _ node: MarkedNode, _ form: KeyForm, _ seen: inout [String: Set<String>], _ tables: inout [String: KeyTable]
    ) {
        switch (form, node.content) {
        case (.table(let table), .mapping): note(node, table(), &seen, &tables)
        case (.named(let inner), .mapping(let members)):
            for member in members { note(member.value, inner, &seen, &tables) }
        case (.list(let inner), .sequence(let items)): for item in items { note(item, inner, &seen, &tables) }
        case (.either(let forms), _): for form in forms { note(node, form, &seen, &tables) }
        default: break
        }
    }

    @Test func `a key's name and the table's name say one thing each`() {
        var names: [String: String] = [:]
        func visit(_ table: KeyTable) {
            if let text = names.updateValue(table.text, forKey: table.name) {
                #expect(text == table.text, "two tables are named '\(table.name)'")
                return
            }
            #expect(Set(table.keys.map(\.name)).count == table.keys.count, "\(table.name)")
            for key in table.keys { if let inner = key.form.table { visit(inner) } }
        }
        for table in MappingKeys.all + [SiteKeys.file(connectors: ConnectorKeys.kinds)] { visit(table) }
        #expect(names.count > 40)
    }

    /// With MILLRACE_WRITE_GOLDEN=1 the page is written.
    @Test func `the keys in mappings-README are the ones that the program knows`() throws {
        let path = RepositoryFiles.root + "/mappings/README.md"
        let page = try String(contentsOfFile: path, encoding: .utf8)
        let (begin, end) = ("<!-- keys: printed from the code -->\n", "<!-- end of keys -->")
        let head = try #require(page.range(of: begin))
        let tail = try #require(page.range(of: end))
        let list = "\n" + KeyList.markdown(MappingKeys.all + [SiteKeys.file(connectors: ConnectorKeys.kinds)]) + "\n"
        if ProcessInfo.processInfo.environment["MILLRACE_WRITE_GOLDEN"] == "1" {
            try (page[..<head.upperBound] + list + page[tail.lowerBound...]).write(
                toFile: path, atomically: true, encoding: .utf8)
            return
        }
        #expect(String(page[head.upperBound..<tail.lowerBound]) == list)
    }
}
