import ArgumentParser
import Glibc
import MillraceConnectors
import MillraceCore
import MillraceSync
import MillraceTransport
import MillraceValues

/// `millrace init`: a new site that runs.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a new site that runs at once against the sandbox.",
        discussion: """
            Without --from the site has a file of counts of its own. With --from it reads your CSV, NDJSON, JSON or MTConnect \
            file, or your agent, and its mapping is a start made from what was found there; nothing is moved or changed. What \
            is there already is never overwritten.
            """)

    @OptionGroup var options: GlobalOptions

    @Argument(help: "The site's folder, which is made. Default: this folder.")
    var folder = "."

    @Option(help: "A file, several as 'logs/*.csv', or the address of an MTConnect agent such as http://agent:5000/.")
    var from: String?

    @Option(help: "The site's name, part of every document's key. Default: the folder's name.")
    var id: String?

    @Option(help: "The site's zone, such as Europe/Berlin. Default: this machine's.")
    var zone: String?

    @Option(help: "The connector's name. Default: made from the name of the file or host.")
    var connector: String?

    func run() async throws {
        try await Verb.end(options) {
            let output = Output(options)
            let clock = Assembly.clock()
            let zone = try chosenZone()
            let today = zone.local(clock.now()).date
            let files = try await files(zone: zone, today: today, clock: clock, output)
            let root = try NewSite(folder)
            try root.write(files)
            for file in files { output.object(["kind": "file", "path": .string(file.path)]) }
            say(files, output)
            return .done
        }
    }

    private func files(zone: Zone, today: CivilDate, clock: Clock, _ output: Output) async throws -> [SiteDraft.File] {
        try NewSite.mustBeNew(folder)
        guard let from else { return SiteDraft.sample(site: try siteName(), zone: zone, today: today) }
        do {
            let source = try SourceAddress(from, name: connector)
            let survey = try await source.settings.survey(clock: clock, zone: zone, limit: 50_000)
            SurveyText(name: source.name, source: from, survey: survey).say(output, zone: zone)
            let draft = SourceDraft(name: source.name, settings: source.settings, survey: survey)
            if !draft.counts, !draft.hasStates {
                if survey.readings == 0, let why = survey.setAside.first {
                    throw CommandFailure(.failed, "\(why.sentence); no site was made")
                }
                throw CommandFailure(
                    .failed,
                    "nothing in '\(from)' looks like a count or a state, so no site was made: \(Self.looks(survey)). A count is a column "
                        + "of whole numbers that rises from row to row of one machine, or is named like one (good, scrap, counter, "
                        + "…): rename it in a copy for init, or make a site with 'millrace init' and write its mapping as "
                        + "mappings/README.md says")
            }
            if survey.signal(.time) == nil, !survey.isObservations {
                output.line("No column looks like a time: say which it is in mappings/\(source.name)-counts.yaml.")
            }
            return draft.files(site: try siteName(), zone: zone, today: today)
        } catch let failure as ConnectorError {
            throw CommandFailure(failure.exit, Self.sentence(failure))
        }
    }

    /// What each column was taken for.
    private static func looks(_ survey: SourceSurvey) -> String {
        let shown = survey.signals.prefix(12).map {
            "'\($0.name)' looks like \($0.look == .empty ? "nothing" : $0.look.rawValue)"
        }
        return shown.joined(separator: ", ") + (survey.signals.count > 12 ? ", …" : "")
    }

    /// What is wrong, without the name of a connector that does not exist yet.
    private static func sentence(_ failure: ConnectorError) -> String {
        switch failure {
        case .unreachable(_, let why): "\(why); no site was made"
        case .refused(_, let why): "\(why); make a site without --from and put the credential into its connector"
        case .foreignCursor: "\(failure)"
        }
    }

    private func say(_ files: [SiteDraft.File], _ output: Output) {
        for file in files { output.line("made \(folder == "." ? "" : folder + "/")\(file.path)") }
        let hasMapping = files.contains { $0.path == "mappings/confirmation.yaml" }
        let go = folder == "." ? [] : ["  cd \(folder)"]
        output.line("")
        output.line("Now:")
        var steps = go
        if from != nil {
            steps.append("  millrace check                  # then look through mappings/*.yaml")
        }
        if hasMapping {
            steps +=
                Millrace.hasSandbox
                ? [
                    "  millrace sandbox &              # a stand-in ERP on \(SiteDraft.sandbox)",
                    "  millrace run && millrace run    # reads; a shift that is over is booked",
                ]
                : [
                    "  # this program has no sandbox: write your ERP's address into 'endpoints' of millrace.yaml, then",
                    "  millrace run && millrace run    # reads; a shift that is over is booked",
                ]
        } else {
            steps.append(
                "  millrace run                    # reads; nothing looks like a count to be booked")
        }
        steps.append("  millrace status                 # what is where, and what to do")
        for step in steps { output.line(step) }
    }

    private func siteName() throws -> String {
        if let id { return id }
        let whole = SiteFolder.absolute(folder) ?? folder
        let last = whole.split(separator: "/").last.map(String.init) ?? ""
        let kept = last.map { $0 == "." ? "-" : $0 }.filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
        }
        return kept.isEmpty ? "P01" : String(kept)
    }

    private func chosenZone() throws -> Zone {
        let name = zone ?? Self.machineZone()
        do { return try Zone(named: name) } catch {
            if zone == nil { return .utc }
            throw CommandFailure(.usage, "--zone: \(error)")
        }
    }

    /// The zone that this machine's clock shows.
    private static func machineZone() -> String {
        if let name = SiteFolder.environment("TZ"), !name.hasPrefix(":"), !name.contains("/..") { return name }
        let marker = "/zoneinfo/"
        if let real = SiteFolder.absolute("/etc/localtime"), let found = real.firstRange(of: marker) {
            return String(real[found.upperBound...])
        }
        return "UTC"
    }
}

/// Where a strange source is, and how it is read.
struct SourceAddress {
    let name: String
    let settings: ConnectorSettings.Decoded

    /// Looks at the beginning of a file; an address that begins with http is an agent.
    ///
    /// - Throws: `ConnectorError` where there is nothing to read, `CommandFailure` with exit 2 where the name is none.
    init(_ from: String, name given: String?) throws {
        let isURL = from.hasPrefix("http://") || from.hasPrefix("https://")
        let own = isURL ? HostName.host(of: from) ?? "agent" : from.split(separator: "/").last.map(String.init) ?? from
        name = given ?? Self.tidy(own)
        guard name == Self.tidy(name) else {
            throw CommandFailure(.usage, "--connector '\(name)' must be of letters, digits and hyphens")
        }
        let id = ConnectorID(name)
        if isURL {
            settings = .agent(MTConnectSettings(id: id, source: .agent(url: from), start: .oldest))
            return
        }
        guard let path = Self.absolute(from) else {
            throw ConnectorError.unreachable(id, "'\(from)' is not there")
        }
        let guess = try FileGuess(reading: path, for: id)
        settings = .files(FileDropSettings(id: id, folder: "/", path: path, format: guess.format, quiet: .zero))
    }

    /// The whole path; of one with `*`, `?` or `[…]` the folder before them must be there.
    private static func absolute(_ path: String) -> String? {
        if let whole = SiteFolder.absolute(path) { return whole }
        guard let wild = path.firstIndex(where: { "*?[".contains($0) }) else { return nil }
        let folder = path[..<wild].lastIndex(of: "/").map { path[..<$0] }
        let rest = path[(folder?.endIndex ?? path.startIndex)...]
        guard let root = SiteFolder.absolute(folder.map { $0.isEmpty ? "/" : String($0) } ?? ".") else { return nil }
        let joined = rest.hasPrefix("/") ? rest.dropFirst() : rest
        return root == "/" ? "/\(joined)" : "\(root)/\(joined)"
    }

    /// A name of letters, digits and hyphens, without the dates at its end, which change from file to file.
    private static func tidy(_ name: String) -> String {
        let stem = name.prefix { $0 != "." }.lowercased()
        var result = ""
        for character in stem {
            if character.isASCII, character.isLetter || character.isNumber {
                result.append(character)
            } else if !result.isEmpty,
                result.last != "-"
            {
                result.append("-")
            }
        }
        while let part = result.split(separator: "-", omittingEmptySubsequences: false).last,
            part.isEmpty || part.count >= 6 && part.allSatisfy(\.isNumber), result.contains("-")
        {
            result.removeLast(part.count + 1)
        }
        return result.first?.isLetter ?? false ? result : "source" + (result.isEmpty ? "" : "-" + result)
    }
}

/// The folder of a site that is being made.
struct NewSite {
    private let path: String

    /// Makes the folder.
    ///
    /// - Throws: `CommandFailure` where it cannot be made.
    init(_ folder: String) throws {
        path = folder
        try Self.make(folder, mode: 0o755)
    }

    /// - Throws: `CommandFailure` with exit 2 where a site is there already.
    static func mustBeNew(_ folder: String) throws {
        if access(folder + "/millrace.yaml", F_OK) == 0 {
            throw CommandFailure(.usage, "'\(folder)' is a site already; name a new folder")
        }
    }

    /// Writes the files; none that is there is overwritten.
    ///
    /// - Throws: `CommandFailure` with exit 2 before anything is written where a file is there, 14 where one cannot be.
    func write(_ files: [SiteDraft.File]) throws {
        for file in files where access("\(path)/\(file.path)", F_OK) == 0 && file.path != ".gitignore" {
            throw CommandFailure(.usage, "'\(path)/\(file.path)' is there already; name a new folder")
        }
        for file in files {
            let whole = "\(path)/\(file.path)"
            if access(whole, F_OK) == 0 { continue }
            if let slash = file.path.lastIndex(of: "/") {
                try Self.make("\(path)/\(file.path[..<slash])", mode: file.isSecret ? 0o700 : 0o755)
            }
            try Self.write(file, to: whole)
        }
    }

    private static func make(_ folder: String, mode: mode_t) throws {
        if mkdir(folder, mode) == 0 || errno == EEXIST { return }
        throw CommandFailure(.storageFull, "'\(folder)' cannot be made: \(String(cString: strerror(errno)))")
    }

    private static func write(_ file: SiteDraft.File, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.isSecret ? 0o600 : 0o644)
        let bytes = Array(file.text.utf8)
        guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count, close(descriptor) == 0 else {
            throw CommandFailure(.storageFull, "'\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
