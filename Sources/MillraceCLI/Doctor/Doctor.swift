import Glibc
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues
import MillraceYAML

/// Looks at all that a site rests on, from the files to the far ends, and says of each fault what mends it.
///
/// Nothing that it finds stops it: what rests on something broken is left out.
struct Doctor {
    let folder: SiteFolder
    let options: GlobalOptions
    let clock: Clock
    /// Whether sources and endpoints are asked.
    let reaches: Bool

    /// Looks, and hands each finding out as it comes.
    func look(_ say: (Finding) -> Void) async {
        let compiled = CompiledSite(folder)
        say(files(compiled))
        for finding in ZoneLook.findings { say(finding) }
        guard let definition = compiled.site?.definition else { return }
        for finding in SecretLook(folder: folder.path, definition: definition).findings { say(finding) }
        let path = SiteFolder.resolve(definition.store, in: folder.path)
        say(space(definition, path))
        let session: Session
        do { session = try Session.open(options) } catch {
            say(cannotOpen(error))
            return
        }
        let store = StoreLook(session: session)
        for finding in store.findings { say(finding) }
        for finding in stuck(session) { say(finding) }
        guard reaches else { return }
        for finding in await ReachLook(session: session).findings() { say(finding) }
    }

    private func files(_ compiled: CompiledSite) -> Finding {
        let errors = compiled.diagnostics.count { $0.severity == .error }
        let warnings = compiled.diagnostics.count - errors
        if errors > 0 {
            return .fault(
                "files", "\(Words.count(errors, "error")) in the site's files: nothing runs", "millrace check",
                .invalidConfiguration)
        }
        if warnings > 0 {
            return .hint("files", "\(Words.count(warnings, "warning")) in the site's files", "millrace check")
        }
        return .fine("files", "\(Words.count(compiled.texts.count, "mapping")), no fault")
    }

    private func space(_ definition: SiteDefinition, _ store: String) -> Finding {
        var folder = store.lastIndex(of: "/").map { String(store[..<$0]) } ?? "."
        while access(folder, F_OK) != 0, let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = String(folder[..<slash])
        }
        guard let disk = DiskSpace(folder) else {
            return .hint("space", "what is free at '\(folder)' cannot be told", "df \(folder)")
        }
        let reserve = definition.limits.diskReserveBytes
        let words = "\(DiskSpace.words(disk.freeBytes)) free at '\(folder)'"
        if disk.freeBytes < reserve {
            return .fault(
                "space", "\(words), less than 'disk-reserve': nothing more is pulled",
                "make room there; what may go of the store: millrace store prune", .storageFull)
        }
        if disk.freeFiles == 0 {
            return .fault(
                "space", "no file can be made at '\(folder)': it has no inode left", "df -i \(folder)", .storageFull)
        }
        if disk.freeBytes < reserve * 4 { return .hint("space", words, "du -x \(folder) | sort -n | tail") }
        return .fine("space", words)
    }

    private func cannotOpen(_ error: any Error) -> Finding {
        let exit = (error as? StoreError)?.exit ?? (error as? CommandFailure)?.exit ?? .failed
        let sentence = (error as? CommandFailure)?.sentence ?? "\(error)"
        let advice: String
        var isNewer = false
        if case .newer? = error as? StoreError { isNewer = true }
        switch exit {
        case .storeUntrusted where isNewer: advice = "install the newest version of Millrace; this is \(Version.text)"
        case .storeUntrusted: advice = "put the newest copy in its place, as OPERATING.md says under 'Restoring'"
        case .storageFull: advice = "make room or give this user the right to write, then: millrace doctor"
        default: advice = "ls -l \(folder.path)/state"
        }
        return .fault("store", sentence, advice, exit)
    }

    /// What status would say, each with what to type.
    private func stuck(_ session: Session) -> [Finding] {
        do {
            let status = try session.status()
            let findings = status.problems.map { problem in
                let since =
                    problem.since.map { " (\(Words.since($0, now: status.now, zone: session.definition.zone)))" } ?? ""
                let advice =
                    problem.advice.isEmpty ? "wait: it goes on by itself; look with 'millrace status'" : problem.advice
                return Finding.fault("work", problem.sentence + since, advice, .newlyParked)
            }
            return findings.isEmpty ? [.fine("work", status.sentence)] : findings
        } catch {
            return [cannotOpen(error)]
        }
    }
}

/// What a disk has left for this user.
struct DiskSpace {
    /// In bytes.
    let freeBytes: Int64
    /// How many files can be made; nil where the file system does not count them.
    let freeFiles: Int64?

    /// Nil where that cannot be told.
    init?(_ folder: String) {
        var disk = statvfs()
        guard statvfs(folder, &disk) == 0 else { return nil }
        let product = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        freeBytes = Int64(clamping: product.partialValue)
        freeFiles = disk.f_files == 0 ? nil : Int64(clamping: disk.f_favail)
    }

    /// Bytes as people say them: `1.5 GB`, in steps of 1,000.
    static func words(_ bytes: Int64) -> String {
        var (size, unit) = (Double(max(0, bytes)), "bytes")
        for next in ["kB", "MB", "GB", "TB"] where size >= 1_000 { (size, unit) = (size / 1_000, next) }
        if unit == "bytes" { return "\(bytes) bytes" }
        let tenths = Int64((size * 10).rounded())
        return size < 100 ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(tenths / 10) \(unit)"
    }
}
