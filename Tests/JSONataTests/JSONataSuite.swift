import Foundation
import JSONata
import MillraceTesting
import MillraceValues
import Synchronization
import Testing

/// The published cases of the language: results and error codes.
///
/// The folder comes from `MILLRACE_JSONATA_SUITE`, else it is `testdata/jsonata` of the shared data. What is printed is
/// one line `passed N, failed M, skipped K`, and each failing case with its group and file.
@Suite("JSONataSuite")
struct JSONataSuite {
    static let folder: String? =
        ProcessInfo.processInfo.environment["MILLRACE_JSONATA_SUITE"]
        ?? SharedData.folder.map { $0 + "/testdata/jsonata" }

    /// Cases that hold half a surrogate pair, in the expression or in what is expected: JSON of RFC 8259 that is read
    /// strictly has no such text, and a Swift `String` cannot hold it.
    static let unpaired: Set<String> = ["function-encodeUrl/case002.json", "function-encodeUrlComponent/case002.json"]

    @Test(.enabled(if: folder != nil))
    func `every published case gives the published result or error`() throws {
        let folder = try #require(Self.folder)
        var (passed, skipped): (Int, Int) = (0, 0)
        var failures: [String] = []
        for file in try Self.files(in: folder + "/groups") {
            if Self.unpaired.contains(file) {
                skipped += 1
                continue
            }
            do {
                for (index, entry) in try Self.cases(folder + "/groups/" + file).enumerated() {
                    if let fault = try PublishedCase(entry, folder, group: Self.group(of: file)).fault() {
                        failures.append("\(file)#\(index): \(fault)")
                    } else {
                        passed += 1
                    }
                }
            } catch {
                failures.append("\(file): \(error)")
            }
        }
        print("passed \(passed), failed \(failures.count), skipped \(skipped)")
        for failure in failures { print("failed \(failure)") }
        #expect(failures.isEmpty)
    }

    private static func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().flatMap { group in
            try FileManager.default.contentsOfDirectory(atPath: folder + "/" + group).sorted()
                .filter { $0.hasSuffix(".json") }.map { group + "/" + $0 }
        }
    }

    private static func group(of file: String) -> String { String(file.prefix { $0 != "/" }) }

    private static func cases(_ path: String) throws -> [Value] {
        let value = try read(path)
        return value.array ?? [value]
    }

    static func read(_ path: String) throws -> Value {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        return try JSONReader.read(bytes.span)
    }
}

/// One case of the suite.
private struct PublishedCase {
    let entry: Value
    let expression: String
    let input: Value?

    init(_ entry: Value, _ folder: String, group: String) throws {
        self.entry = entry
        if let file = entry["expr-file"]?.text {
            expression = try String(contentsOfFile: "\(folder)/groups/\(group)/\(file)", encoding: .utf8)
        } else {
            expression = entry["expr"]?.text ?? ""
        }
        switch entry["dataset"] {
        case .some(.string(let name)): input = try JSONataSuite.read("\(folder)/datasets/\(name).json")
        case .some: input = nil
        case nil: input = entry["data"]
        }
    }

    /// What came out differently; nil where all is as published.
    func fault() throws -> String? {
        let outcome = evaluate()
        if let expected = entry["result"] {
            guard case .success(let value) = outcome else { return "\(shown(outcome)) instead of \(text(expected))" }
            guard let value, Self.same(value, expected) else { return "\(shown(outcome)) instead of \(text(expected))" }
            return nil
        }
        if entry["undefinedResult"] != nil {
            if case .success(nil) = outcome { return nil }
            return "\(shown(outcome)) instead of nothing"
        }
        let code = entry["code"]?.text ?? entry["error"]?["code"]?.text
        guard case .failure(let error) = outcome else { return "\(shown(outcome)) instead of \(code ?? "an error")" }
        if let code, !matches(error, code) { return "\(error) instead of \(code)" }
        if let token = entry["error"]?["token"]?.text, error.token != token { return "\(error.token ?? "no token")" }
        if let message = entry["error"]?["message"]?.text, error.message != message { return error.message }
        return nil
    }

    /// The suite's own runner throws U1001 where a case's limits are passed; the engine has codes of its own for that.
    private func matches(_ error: JSONataError, _ code: String) -> Bool {
        error.code == code || (code == "U1001" && ["D1011", "D1012"].contains(error.code))
    }

    private func evaluate() -> Result<Value?, JSONataError> {
        // Each look at this clock is a millisecond: the limit is the same on every machine.
        let clock = Clock()
        var limits = JSONataLimits.standard
        if let depth = entry["depth"]?.decimal?.integer { limits.depth = Int(depth) }
        if let time = entry["timelimit"]?.decimal?.integer { limits.time = .milliseconds(time) }
        let environment = JSONataEnvironment(
            limits: limits, now: { 1_700_000_000_000 }, random: { 0.5 }, elapsed: { clock.next() })
        do throws(JSONataError) {
            let evaluator = try JSONataExpression(expression).evaluator(in: environment)
            for (name, value) in entry["bindings"]?.object ?? ValueObject() { evaluator.set(name, value) }
            return .success(try evaluator.evaluate(input))
        } catch {
            return .failure(error)
        }
    }

    private final class Clock: Sendable {
        private let looks = Atomic<Int>(0)

        func next() -> Duration { .milliseconds(looks.add(1, ordering: .relaxed).newValue) }
    }

    private func text(_ value: Value) -> String { String(JSONWriter.text(value).prefix(300)) }

    private func shown(_ outcome: Result<Value?, JSONataError>) -> String {
        switch outcome {
        case .success(nil): "nothing"
        case .success(let value?): text(value)
        case .failure(let error): "\(error)"
        }
    }

    /// Equal as the suite compares: numbers as doubles, members in any order.
    static func same(_ left: Value, _ right: Value) -> Bool {
        switch (left, right) {
        case (.array(let one), .array(let other)):
            return one.count == other.count && zip(one, other).allSatisfy { same($0, $1) }
        case (.object(let one), .object(let other)):
            return one.count == other.count
                && one.allSatisfy { key, value in other[key].map { same(value, $0) } ?? false }
        case (.number, _), (.numeral, _):
            guard let one = left.plainText.flatMap(Double.init), let other = number(right) else { return false }
            return one == other
        default: return left == right
        }
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .number, .numeral: value.plainText.flatMap(Double.init)
        default: nil
        }
    }
}
