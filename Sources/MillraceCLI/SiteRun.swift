import Dispatch
import Glibc
import MillraceCore
import MillraceStore
import MillraceMapping
import MillraceSync
import MillraceValues
import Synchronization

/// One run over a site as cron sees it: lock, signals, what is printed, what is kept (RULES R27).
struct SiteRun {
    let session: Session

    /// Runs, prints what has to be said, and ends with the run's exit code.
    ///
    /// - Throws: `CommandFailure` for every exit code but 0.
    func run(_ options: RunOptions) async throws {
        let now = session.clock.now()
        let keeping = StoreCare(session: session)
        let lock: RunLock
        switch try RunLock.take(keeping.folder + "/lock", now: now, maxTime: options.maxTime) {
        case .taken(let taken): lock = taken
        case .heldBy(let holder): throw CommandFailure(.locked, heldSentence(holder, now: now))
        }
        defer { withExtendedLifetime(lock) {} }
        let stop = StopSignal()
        let id = RunID("\(now.compactMilliseconds)-\(getpid())")
        let standing = try keeping.standing()
        var world = try session.world(
            identityTrouble: standing.holdsEndpoints ? standing.description : nil, mayBeLocked: true)
        let progress = ProgressLine(session.options, now: session.clock.now)
        let pages = ProgramPages()
        world.progress = {
            pages.note($0)
            progress.show($0)
        }
        let work = Run(id: id, plant: session.plant, world: world, options: options, isStopped: stop.isStopped)
        defer { progress.end() }
        let report = try await stop.watch { try await work.run() }
        progress.end()
        try finish(report, startedAt: now, keeping, looked: options)
        touch(keeping.folder + "/last-run")
        if let signal = stop.signal { throw CommandFailure(signal == SIGINT ? .interrupted : .terminated) }
        if report.exitCode != 0 { throw CommandFailure(Exit(rawValue: Int32(report.exitCode)) ?? .failed) }
    }

    /// Delivers what waits, unless a run holds the lock: then that one does (RULES R27).
    func deliverUnlessRunning() async throws {
        do {
            try await run(RunOptions(pulls: false))
        } catch let failure as CommandFailure where failure.exit == .locked {
            session.output.note("a run is at work; it delivers, or the next one")
        }
    }

    /// Cron hears of a lock only where its holder is older than it may be.
    private func heldSentence(_ holder: RunLock.Holder, now: Instant) -> String {
        guard let since = holder.since else { return "" }
        let age = now - since
        if !Terminal.current.showsProgress, age < .seconds(holder.maxTime ?? 3600) { return "" }
        return
            "another run holds the lock: process \(holder.process), for \(Duration.seconds(age.components.seconds).plainText); "
            + "wait for it, or look with 'millrace status --runs'"
    }

    private func finish(_ report: RunReport, startedAt: Instant, _ keeping: StoreCare, looked: RunOptions) throws {
        let now = session.clock.now()
        let before = try session.store.told()
        var current = report.troubles
        // What this run did not look at is as it was.
        for trouble in before where current[trouble.subject] == nil && isUnseen(trouble.subject, looked) {
            current[trouble.subject] = trouble.sentence
        }
        let troubles = Troubles(
            current: current, told: before, remind: session.definition.limits.remind, now: now,
            zone: session.definition.zone)
        if report.didAnything || troubles.told != before {
            var counted = report.counted
            counted.add(1, to: "runs_total", [("exit_code", "\(report.exitCode)")])
            if let last = try session.store.runs(limit: 1).first, last.endedAt > startedAt {
                counted.add(1, to: "clock_steps_total", [])
            }
            let record = RunRecord(
                id: report.id, startedAt: startedAt, endedAt: now, exitCode: report.exitCode, figures: report.figures,
                notices: report.notices + troubles.lines, counted: counted)
            try session.store.record(record, told: troubles.told)
            if let failure = RunLog(folder: keeping.folder + "/log").append(record, troubles: current) {
                session.output.message(failure)
            }
        }
        // Said once it is noted: where the store cannot be written, that alone is told, and once.
        if let over = FailureNote(site: session.folder)?.over(zone: session.definition.zone) {
            session.output.note(over)
        }
        say(report, troubles)
        if report.figures["readings"] != nil { try keeping.prune(now: now) }
        if report.figures["sent"] != nil { try keeping.noteDelivery() }
    }

    private func isUnseen(_ subject: String, _ looked: RunOptions) -> Bool {
        if subject.hasPrefix("connector ") {
            return !looked.pulls
                || !(looked.connectors.isEmpty
                    || looked.connectors.contains {
                        subject == "connector \($0)" || subject.hasPrefix("connector \($0): ")
                    })
        }
        if subject.hasPrefix("endpoint ") { return !looked.delivers }
        return false
    }

    private func say(_ report: RunReport, _ troubles: Troubles) {
        let output = session.output
        if session.options.json {
            for line in report.notices + troubles.lines {
                output.object(["kind": "notice", "sentence": .string(line)])
            }
            var end = ValueObject(["kind": "end", "exit": .number(ExactDecimal(Int64(report.exitCode)))])
            for (word, figure) in report.figures.sorted(by: { $0.key < $1.key }) {
                end[word] = .number(ExactDecimal(figure))
            }
            output.object(.object(end))
            return
        }
        for line in report.notices + troubles.lines { output.message(line) }
        // A person who runs it by hand is told what happened, and what still is; cron hears changes only.
        guard Terminal.current.showsProgress else { return }
        for (_, sentence) in report.troubles.sorted(by: { $0.key < $1.key })
        where !troubles.lines.contains(where: { $0.hasPrefix(sentence) }) {
            output.message(sentence)
        }
        let figures = StatusText.figures(report.figures)
        output.line(figures.isEmpty ? "Nothing to do." : figures)
    }

    private func touch(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { return }
        futimens(descriptor, nil)
        close(descriptor)
    }
}

/// Stops a run in order on SIGTERM and SIGINT: nothing new is begun, what is on its way may end; after ten seconds it
/// is cut.
final class StopSignal: Sendable {
    private let caught = Mutex<Int32?>(nil)

    /// The signal that came; nil while none did.
    var signal: Int32? { caught.withLock { $0 } }
    /// Whether one came.
    var isStopped: @Sendable () -> Bool { { self.signal != nil } }

    /// Runs `work`, listening; `grace` after a signal it is cut.
    func watch<Result: Sendable>(
        grace: Duration = .seconds(10), _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await work() }
        let queue = DispatchQueue(label: "millrace.signals")
        let sources = [SIGTERM, SIGINT].map { number in
            Glibc.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in
                caught.withLock { $0 = $0 ?? number }
                queue.asyncAfter(deadline: .now() + .seconds(Int(grace.components.seconds))) { task.cancel() }
            }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        return try await task.value
    }
}
