import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

/// A site in Berlin, whose tables are the ones a test gives.
struct TestSite {
    let context: MappingContext
    var tables: [String: String] = [
        "tables/jobs.csv":
            "device,program,since,order,operation,material\nP1,O4711,2026-03-01T00:00:00Z,4711,0010,A-1\n",
        "tables/reasons.csv": "code;reason\nM12;NO-MATERIAL\n",
        "tables/work-centers.csv": "equipment,erp\nP1,WC-17\n",
    ]

    init(context: MappingContext? = nil) throws {
        self.context = try context ?? MappingContext(site: "P01", zone: Zone(named: "Europe/Berlin"))
    }

    var source: TableSource {
        let tables = tables
        return { path in tables[path].map { .bytes(Array($0.utf8)) } ?? .unreadable("there is no such file") }
    }

    func parse(_ text: String, file: String = "mappings/test.yaml") -> ParsedMapping {
        MappingFile.parse(text: text, file: file, context: context, tables: source)
    }

    func example(_ name: String) throws -> ParsedMapping {
        let bytes = try #require(SharedData.bytes("examples/\(name)"))
        return parse(String(decoding: bytes, as: UTF8.self), file: "mappings/\(name)")
    }

    func reading(_ text: String) throws -> ReadingMapping {
        let parsed = parse(text)
        // What a test's fragment leaves unused says nothing about it.
        #expect(parsed.diagnostics.filter { $0.code != .unused }.map(\.description) == [])
        guard case .reading(let mapping) = parsed.mapping else { throw NoMapping() }
        return mapping
    }

    func document(_ text: String) throws -> DocumentMapping {
        let parsed = parse(text)
        // What a test's fragment leaves unused says nothing about it.
        #expect(parsed.diagnostics.filter { $0.code != .unused }.map(\.description) == [])
        guard case .document(let mapping) = parsed.mapping else { throw NoMapping() }
        return mapping
    }

    struct NoMapping: Error {}
}

extension ReadingBatch {
    /// A batch of texts, as a CSV file gives it; nil for a column that the row does not have.
    static func rows(_ names: [String], _ rows: [[String?]], source: String = "file.csv") -> ReadingBatch {
        var batch = ReadingBatch(source: source, names: names)
        for (index, row) in rows.enumerated() {
            batch.positions.append(Int64(index * 100))
            for cell in row {
                guard let cell else {
                    batch.spans.append(.absent)
                    continue
                }
                batch.spans.append(FieldSpan(start: UInt32(batch.bytes.count), length: UInt32(cell.utf8.count)))
                batch.bytes += Array(cell.utf8)
            }
        }
        return batch
    }
}
