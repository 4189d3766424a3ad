/// The parts of docs/configuration.md that are generated from the table of the keys of `options`.
package enum OptionReference {
    /// A table with a row for each key.
    package static var table: String {
        let head = "| key | option | defined in | value | without it |\n|---|---|---|---|---|\n"
        return head + OptionKey.allCases.map(row).joined()
    }

    private static func row(_ key: OptionKey) -> String {
        let cells = ["`\(key)`", key.label, key.source, key.shape.text, key.fallback]
        return "| \(cells.joined(separator: " | ")) |\n".replacing("|  |", with: "| |")
    }

    /// A pool.json with every key.
    package static var example: String {
        let options = OptionKey.allCases.map { "    \"\($0)\": \($0.example)" }.joined(separator: ",\n")
        return """
            ```json
            {
              "platform": "none",
              "nodeName": "host-7",
              "subnet": "172.20.100.0/24",
              "gateway": "172.20.100.1",
              "primaryNIC": "eth0",
              "ips": ["172.20.100.2", "172.20.100.3", "172.20.100.9"],
              "dnsServers": ["8.8.8.8", "1.1.1.1"],
              "updatedAt": "2026-11-23T04:00:00Z",
              "options": {
            \(options)
              },
              "reservations": {
                "02:00:00:00:00:01": "172.20.100.2",
                "02:00:00:00:00:02": {"ip": "172.20.100.9", "hostname": "vm2", "options": {"mtu": 9000}}
              }
            }
            ```

            """
    }
}
