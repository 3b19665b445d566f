import Glibc
import MillraceCore
import MillraceMapping
import MillraceSync
import MillraceValues

/// Whether zones can be read: a plant's wall clock hangs on them.
enum ZoneLook {
    static var findings: [Finding] {
        guard case .bytes(let bytes) = SiteFolder.read("/usr/share/zoneinfo/tzdata.zi", as: "tzdata.zi") else {
            if access("/usr/share/zoneinfo/UTC", F_OK) == 0 { return [.fine("zones", "are there")] }
            return [
                .fault(
                    "zones", "there is no /usr/share/zoneinfo: no plant's clock can be read", "apt-get install tzdata",
                    .invalidConfiguration)
            ]
        }
        let line = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        return [.fine("zones", line.split(separator: " ").last.map { "tzdata \($0)" } ?? "are there")]
    }
}

/// Whether the secrets that the site's file names are there, and only for this user.
struct SecretLook {
    let folder: String
    let definition: SiteDefinition

    var findings: [Finding] {
        var seen: Set<String> = []
        let findings = references.filter { seen.insert($0.name).inserted }.compactMap {
            look($0.name, isFile: $0.isFile)
        }
        return findings.isEmpty ? [.fine("secrets", "the site names none")] : findings
    }

    private var references: [(name: String, isFile: Bool)] {
        var found: [(name: String, isFile: Bool)] = []
        for endpoint in definition.endpoints {
            guard case .http(let http) = endpoint.kind else { continue }
            var texts = [http.url] + http.headers.map(\.value)
            switch http.auth {
            case .none: break
            case .bearer(let token): texts.append(token)
            case .basic(let user, let password): texts += [user, password]
            case .header(_, let value): texts.append(value)
            }
            for reference in texts.flatMap(\.references) {
                switch reference {
                case .environment(let name): found.append((name, false))
                case .file(let name): found.append((name, true))
                }
            }
            if let key = http.tls.key ?? http.tls.certificate { found.append((key, true)) }
        }
        return found
    }

    private func look(_ name: String, isFile: Bool) -> Finding? {
        guard isFile else {
            if SiteFolder.environment(name) != nil { return .fine("secrets", "the variable \(name) is set") }
            return .fault("secrets", "the variable \(name) is not set here", "export \(name)=…", .credentialRefused)
        }
        let path = SiteFolder.resolve(name, in: folder)
        var status = stat()
        guard stat(path, &status) == 0 else {
            return .fault(
                "secrets", "the secret file '\(name)' is not there",
                "(umask 077 && cat > \(path))   # paste the secret, then Ctrl-D", .credentialRefused)
        }
        if access(path, R_OK) != 0 {
            return .fault(
                "secrets", "the secret file '\(name)' cannot be read by this user", "chown $(id -un) \(path)",
                .credentialRefused)
        }
        if status.st_mode & 0o077 != 0 {
            return .fault(
                "secrets", "the secret file '\(name)' can be read by others (mode \(Self.octal(status.st_mode)))",
                "chmod 600 \(path)", .credentialRefused)
        }
        return .fine("secrets", "'\(name)' is there, for this user only")
    }

    /// A mode as `chmod` takes it.
    static func octal(_ mode: mode_t) -> String { String(mode & 0o777, radix: 8) }
}
