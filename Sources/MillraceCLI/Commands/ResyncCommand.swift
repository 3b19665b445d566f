import ArgumentParser
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// `millrace resync`: a window of the past once more (RULES R28).
struct ResyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resync",
        abstract: "Works a window once more from the kept readings, and queues what puts the books right.",
        discussion: """
            For a mapping or table that was mended, or readings that a source corrected: facts of the window are derived again by \
            the present mappings, and each document is shown as create, correct, skip or wait. The cursor stays; the next run \
            delivers. Without a selection the whole window is worked on. Above 'limits: {ask-above: 20}' documents it asks first.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "Only these connectors. Default: all.")
    var connectors: [String] = []

    @Option(help: "Only this equipment; may be said several times.")
    var equipment: [String] = []

    @Option(help: "Only slices and intervals in which this order had or gets a part; may be said several times.")
    var order: [String] = []

    @Option(help: "Only this shift.")
    var shift: String?

    @Option(help: "When the window begins: a time, or a production day such as 2026-03-02.")
    var from: String

    @Option(help: "When it ends; the time itself, or the start of the day, is no part of it. Default: now.")
    var to: String?

    @Flag(help: "Show every document with old and new figures, and change nothing.")
    var preview = false

    @Option(help: "Why; kept in the audit. Asked for without --preview.")
    var reason: String?

    @Flag(
        help:
            "Read archive folders, what lies in its place, and agents' buffers again first; what they say otherwise is corrected."
    )
    var fromSource = false

    @Flag(help: "Deliver at once, unless a run is at work; then that one delivers.")
    var deliver = false

    @Flag(help: "Do not ask, however many documents it makes.")
    var yes = false

    func validate() throws {
        if !preview, reason?.isEmpty ?? true {
            throw ValidationError("say why with --reason TEXT, or look with --preview")
        }
        if preview, deliver { throw ValidationError("--preview sends nothing; leave out --deliver") }
    }

    func run() async throws {
        try await Verb.run(options) { session in
            let scope = try scope(session)
            let line = ProgressLine(options, now: session.clock.now)
            defer { line.end() }
            var resync = try session.resync(progress: line.watch)
            if fromSource {
                do {
                    try await resync.read(session.rereading(), for: scope)
                } catch let failure as ConnectorError {
                    line.end()
                    throw CommandFailure(.sourceUnreachable, "\(failure)")
                }
            }
            let seen = try refusing(line) { try resync.run(scope, reason: reason ?? "", isPreview: true) }
            if preview {
                tell(seen, session, isPreview: true)
                return .done
            }
            if !seen.changesNothing {
                try session.confirm(seen.rows.documentCount, isSure: yes) { tell(seen, session, isPreview: true) }
            }
            let report = try refusing(line) { try resync.run(scope, reason: reason ?? "", isPreview: false) }
            tell(report, session, isPreview: false)
            if deliver, report.rows.documentCount > 0 { try await SiteRun(session: session).deliverUnlessRunning() }
            return .done
        }
    }

    private func scope(_ session: Session) throws -> ResyncScope {
        for name in connectors where !session.connectorSettings.contains(where: { $0.id == ConnectorID(name) }) {
            let known = session.connectorSettings.map(\.id.text).joined(separator: ", ")
            throw CommandFailure(.usage, "there is no connector '\(name)'; the site has \(known)")
        }
        let calendar = session.definition.calendar
        let named = (calendar.shifts + calendar.areas.flatMap { $0.shifts ?? [] }).map(\.name)
        let shifts = Set(named).sorted() + [ShiftSpan.off]
        if let shift, !shifts.contains(shift) {
            throw CommandFailure(.usage, "there is no shift '\(shift)'; the site has \(shifts.joined(separator: ", "))")
        }
        return ResyncScope(
            connectors: Set(connectors.map { ConnectorID($0) }), equipment: Set(equipment), orders: Set(order),
            shift: shift,
            from: try session.border(from), to: try to.map { try session.border($0) } ?? session.clock.now())
    }

    private func tell(_ report: ResyncReport, _ session: Session, isPreview: Bool) {
        for notice in report.notices { session.output.note(notice) }
        for row in report.rows { session.output.object(row.object(isPreview: isPreview)) }
        session.output.object(report.object(isPreview: isPreview))
        for line in AgainText.lines(report.rows, zone: session.definition.zone) { session.output.line(line) }
        session.output.line(AgainText.sentence(report, isPreview: isPreview))
    }
}

/// Runs a resync, and takes its progress away; what it refuses ends the command.
func refusing<Result>(_ line: ProgressLine, _ body: () throws -> Result) throws -> Result {
    defer { line.end() }
    do { return try body() } catch let refusal as ResyncRefusal { throw CommandFailure(.failed, "\(refusal)") }
}

extension Session {
    /// Resyncs over this site by this user.
    func resync(progress: ProgressWatch?) throws -> Resync {
        var world = try world(identityTrouble: nil)
        world.progress = progress
        return Resync(plant: plant, world: world, store: store, who: who)
    }

    /// A time, or the start of a production day.
    ///
    /// - Throws: `CommandFailure` with exit 2.
    func border(_ text: String) throws -> Instant {
        if let date = CivilDate(text) { return plant.calendar.day(of: date).start }
        return try instant(text)
    }

    /// Goes on where a person is sure, or there are few enough documents.
    ///
    /// - Throws: `CommandFailure` with exit 1 where nobody is there to ask, or the answer is no.
    func confirm(_ documents: Int, isSure: Bool, show: () -> Void) throws {
        if isSure || documents <= definition.limits.askAbove { return }
        let what = "\(Words.count(documents, "document")) would be made"
        guard Terminal.current.width != nil, !options.json else {
            throw CommandFailure(
                .failed,
                "\(what), more than 'ask-above: \(definition.limits.askAbove)'; nothing was done, look with --preview, "
                    + "then say --yes")
        }
        show()
        output.message("\(what). Go on? Type yes:")
        guard readLine(strippingNewline: true)?.lowercased() == "yes" else {
            throw CommandFailure(.failed, "nothing was done")
        }
    }
}
