import MillraceCore
import MillraceMapping
import MillraceValues
import MillraceYAML

private let context = MappingContext(site: "P01", zone: .utc)
private let table = Array("equipment,erp,since\nP1,WC-17,2026-01-01\nP2,WC-18,2026-01-01\n".utf8)

/// Reads a text as a mapping file, prints its faults, and runs the tests of a document mapping.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMapping(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    let parsed = MappingFile.parse(text: text, file: "mappings/f.yaml", context: context) { path in
        path.hasSuffix(".csv") ? .bytes(table) : .unreadable("no such file")
    }
    for fault in parsed.diagnostics {
        precondition(!fault.description.isEmpty && fault.line >= 1 && fault.column >= 1, "a fault without a place")
    }
    precondition(
        parsed.mapping != nil || parsed.diagnostics.contains { $0.severity == .error }, "nothing, and no fault")
    if case .document(let mapping)? = parsed.mapping {
        for test in mapping.tests { _ = mapping.run(test) }
        let inputs = ValueObject([
            "order": "4711", "operation": "0010", "equipment": "P1", "good": 40, "scrap": 1, "rework": 0,
            "start": "2026-03-02T06:00:00Z", "end": "2026-03-02T14:00:00Z", "key": "k/r1", "revision": 1,
        ])
        _ = mapping.skips(inputs)
        let first = try? mapping.body(for: inputs)  // try?: a fault is an answer
        let second = try? mapping.body(for: inputs)  // try?: as before
        precondition(first == second, "the same facts give another document (RULES R19)")
    }
    return 0
}
