import MillraceCore
import MillraceValues
import Testing

@testable import MillraceFacts

/// Conditions of one data item that are active at one time.
@Suite("Active conditions")
struct ActiveConditionsTests {
    /// `Fault 230`, `Normal`, `Warning 7 id=a`: what the signal is behind each.
    private static func said(_ words: [String]) -> [String?] {
        var conditions = ActiveConditions()
        return words.map { word in
            if word == "lost" {
                conditions.doubt()
                return nil
            }
            let parts = word.split(separator: " ").map(String.init)
            let id = parts.first { $0.hasPrefix("id=") }?.dropFirst(3)
            let code = parts.dropFirst().first { !$0.hasPrefix("id=") }
            return conditions.take(ConditionReport(level: parts[0], code: code ?? "", id: id.map(String.init) ?? ""))
                .text
        }
    }

    @Test(arguments: [
        (["Warning 307", "Fault 230", "Warning 351"], ["Warning", "Fault", "Fault"]),
        (["Fault 1", "Warning 2", "Normal 1", "Normal 2"], ["Fault", "Fault", "Warning", "Normal"]),
        (["Fault 1", "Fault 2", "Normal"], ["Fault", "Fault", "Normal"]),
        (["Fault 1", "Warning 1", "Normal 1"], ["Fault", "Warning", "Normal"]),
        (["Fault 1", "Normal 2"], ["Fault", "Fault"]),
        (["Fault", "Warning", "Normal"], ["Fault", "Warning", "Normal"]),
        (["Fault 1 id=a", "Fault 1 id=b", "Normal 1 id=a", "Normal 1 id=b"], ["Fault", "Fault", "Fault", "Normal"]),
        (["Fault 1 id=a", "Warning 1 id=b", "Normal 1"], ["Fault", "Fault", "Normal"]),
        (["Fault 1", "lost", "Warning 2"], ["Fault", nil, "Warning"]),
    ])
    func `each is active by itself, and the gravest is what the signal says`(words: [String], expected: [String?]) {
        #expect(Self.said(words) == expected)
    }

    @Test func `what is active is carried from run to run`() throws {
        var conditions = ActiveConditions()
        _ = conditions.take(ConditionReport(level: "Fault", code: "1", id: ""))
        _ = conditions.take(ConditionReport(level: "Warning", code: "2", id: "b"))
        var kept = try ActiveConditions(conditions.value)

        #expect(kept == conditions)
        #expect(kept.take(ConditionReport(level: "Normal", code: "1", id: "")).text == "Warning")
    }
}
