import Glibc
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// The store, its rights, its age and who works on it.
struct StoreLook {
    let session: Session

    private var care: StoreCare { StoreCare(session: session) }
    private var now: Instant { session.clock.now() }
    private var zone: Zone { session.definition.zone }

    var findings: [Finding] {
        do {
            return [try integrity(), try standing()] + modes + [try backups()] + lock + [try clockLook(), lastRun]
        } catch {
            return [.fault("store", "\(error)", "millrace store verify", (error as? StoreError)?.exit ?? .failed)]
        }
    }

    private func integrity() throws -> Finding {
        let faults = try session.store.verify(progress: nil)
        let path = session.store.path
        if let first = faults.first {
            return .fault(
                "store", "'\(path)' is damaged: \(first)" + (faults.count > 1 ? ", and \(faults.count - 1) more" : ""),
                "put the newest copy in its place, as OPERATING.md says under 'Restoring'", .storeUntrusted)
        }
        let figures = try session.store.figures()
        return .fine(
            "store", "'\(path)' is whole: \(DiskSpace.words(figures.bytes)), tables of version \(figures.version)")
    }

    private func standing() throws -> Finding {
        let standing = try care.standing()
        if !standing.holdsEndpoints { return .fine("store", "it is the one that delivers from here") }
        let first = session.definition.endpoints.first?.id.text ?? "ENDPOINT"
        return .fault(
            "store", standing.description,
            "compare the books, then for each endpoint: millrace endpoint release \(first) --reason TEXT",
            .storeUntrusted)
    }

    private var modes: [Finding] {
        var findings: [Finding] = []
        var status = stat()
        if stat(care.folder, &status) == 0, status.st_mode & 0o077 != 0 {
            findings.append(
                .hint(
                    "modes", "others may look into '\(care.folder)' (mode \(SecretLook.octal(status.st_mode)))",
                    "chmod 700 \(care.folder)"))
        }
        if let file = session.store.fileState(), file.mode & 0o077 != 0 {
            findings.append(
                .hint(
                    "modes", "others may read the store (mode \(SecretLook.octal(file.mode)))",
                    "chmod 600 \(session.store.path)*"))
        }
        return findings.isEmpty ? [.fine("modes", "the store is for this user only")] : findings
    }

    private func backups() throws -> Finding {
        let command = "millrace store backup FILE, once a day, to another disk"
        guard let last = try session.store.note(StoreNote.backedUpAt).flatMap({ Instant(iso8601: $0) }) else {
            return .hint("backup", "there is no copy of this store yet", command)
        }
        let words = "the last copy is of \(Words.time(last, zone: zone)) (\(Words.age(now - last)))"
        return now - last > .seconds(2 * 86_400) ? .hint("backup", words, command) : .fine("backup", words)
    }

    private var lock: [Finding] {
        guard let holder = RunLock.holder(of: care.folder + "/lock") else { return [] }
        let age = holder.since.map { now - $0 } ?? .zero
        let words = "process \(holder.process) runs since \(Words.age(age))"
        if age > .seconds((holder.maxTime ?? 3_600) * 2) {
            return [.fault("run", words + ", much longer than it may", "kill \(holder.process)", .locked)]
        }
        return [.fine("run", words)]
    }

    private func clockLook() throws -> Finding {
        if let run = try session.store.runs(limit: 1).first, run.endedAt > now + .seconds(60) {
            return .fault(
                "clock",
                "this machine's clock shows \(Words.time(now, zone: zone)), before the end of the last run at "
                    + Words.time(run.endedAt, zone: zone), "timedatectl status", .failed)
        }
        return .fine("clock", "\(Words.time(now, zone: zone)) in \(zone.name)")
    }

    private var lastRun: Finding {
        let command = "systemctl list-timers millrace.timer; grep -r millrace /etc/cron.d"
        guard let end = care.lastRunEnd else {
            return .hint("run", "no run has ended here yet", "millrace run; then " + command)
        }
        let age = now - end
        let words = "the last run ended \(Words.age(age)) ago"
        return age > .seconds(3_600) ? .hint("run", words, command) : .fine("run", words)
    }
}
