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
                for line in DoctorText.lines(finding) { output.line(line, DoctorText.paint(finding.state)) }
                if !finding.advice.isEmpty { output.line(DoctorText.advice(finding), .blue) }
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
    /// The finding, its sentence broken within its column.
    static func lines(_ finding: Finding) -> [String] {
        let state = finding.state.rawValue
        let area = finding.area + String(repeating: " ", count: max(1, 12 - finding.area.count))
        let head = state + String(repeating: " ", count: max(1, 7 - state.count)) + area
        guard let width = Terminal.current.width else { return [head + finding.sentence] }
        let pieces = Layout.wrapped(finding.sentence, width: max(20, width - head.count))
        return [head + pieces[0]] + pieces.dropFirst().map { String(repeating: " ", count: head.count) + $0 }
    }

    static func paint(_ state: Finding.State) -> Paint? {
        switch state {
        case .fine: nil
        case .hint: .yellow
        case .fault: .red
        }
    }

    static func advice(_ finding: Finding) -> String { String(repeating: " ", count: 17) + "→ " + finding.advice }

    static func sum(faults: Int, hints: Int) -> String {
        if faults == 0, hints == 0 { return "Nothing is wrong." }
        let parts = [(faults, "fault"), (hints, "hint")].filter { $0.0 > 0 }.map {
            "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")"
        }
        return parts.joined(separator: ", ") + "; what stands behind each arrow mends it."
    }
}
