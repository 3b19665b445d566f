import ArgumentParser
import MillraceValues

/// `millrace doctor`: what the site rests on, and what mends it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks at all that the site rests on, and says of each fault what to type.",
        discussion: """
            Files, zones, secrets and their modes, space, the store page by page, backups, clock, stuck work, and whether \
            sources and endpoints answer. Sends no document. The exit code is the gravest fault's; hints give 0.
            """)

    @OptionGroup var options: GlobalOptions

    @Flag(help: "Ask no source and no endpoint.")
    var offline = false

    @Flag(help: "Show faults and hints only.")
    var short = false

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            var findings: [Finding] = []
            let doctor = Doctor(
                folder: try SiteFolder(options), options: options, clock: Assembly.clock(), reaches: !offline)
            await doctor.look { findings.append($0) }
            for finding in findings where !short || finding.state != .fine {
                output.object(finding.object)
                output.line(DoctorText.line(finding, output))
                if !finding.advice.isEmpty { output.line(DoctorText.advice(finding, output)) }
            }
            let faults = findings.filter { $0.state == .fault }
            let hints = findings.count { $0.state == .hint }
            output.line()
            output.line(DoctorText.sum(faults: faults.count, hints: hints))
            let codes = Set(faults.map(\.exit))
            return Exit.byGravity.first { codes.contains($0) } ?? .done
        }
    }
}

/// Findings as a person reads them.
enum DoctorText {
    static func line(_ finding: Finding, _ output: Output) -> String {
        let state = finding.state.rawValue
        let area = finding.area + String(repeating: " ", count: max(1, 12 - finding.area.count))
        return state + String(repeating: " ", count: max(1, 7 - state.count)) + area + finding.sentence
    }

    static func advice(_ finding: Finding, _ output: Output) -> String {
        String(repeating: " ", count: 17) + "→ " + finding.advice
    }

    static func sum(faults: Int, hints: Int) -> String {
        if faults == 0, hints == 0 { return "Nothing is wrong." }
        let parts = [(faults, "fault"), (hints, "hint")].filter { $0.0 > 0 }.map {
            "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")"
        }
        return parts.joined(separator: ", ") + "; what stands behind each arrow mends it."
    }
}
