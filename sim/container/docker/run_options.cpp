#include "sim/container/docker/run_options.h"

#include <charconv>
#include <utility>

#include "engine/task/go.h"
#include "sim/container/docker/units.h"
#include "sim/container/path.h"

namespace sim::container::docker {
namespace {

using engine::errorf;

constexpr Flag kRunFlags[] = {
    {"cpu-shares", 'c', true},
    {"cpus", '\0', true},
    {"detach", 'd'},
    {"entrypoint", '\0', true},
    {"env", 'e', true},
    {"expose", '\0', true},
    {"health-cmd", '\0', true},
    {"health-interval", '\0', true},
    {"health-retries", '\0', true},
    {"health-start-period", '\0', true},
    {"health-timeout", '\0', true},
    {"hostname", 'h', true},
    {"interactive", 'i'},
    {"label", 'l', true},
    {"memory", 'm', true},
    {"name", '\0', true},
    {"network", '\0', true},
    {"net", '\0', true},
    {"no-healthcheck"},
    {"oom-score-adj", '\0', true},
    {"pids-limit", '\0', true},
    {"publish", 'p', true},
    {"pull", '\0', true},
    {"quiet", 'q'},
    {"read-only"},
    {"restart", '\0', true},
    {"rm"},
    {"stop-signal", '\0', true},
    {"tty", 't'},
    {"volume", 'v', true},
    {"workdir", 'w', true},
};

std::optional<int64_t> number(std::string_view text) {
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return out;
}

// `8080:80`, `127.0.0.1:8080:80/udp`, `80`.
engine::Error read_port(std::string_view text, CreateOptions& options) {
  PublishedPort port;
  std::string_view rest = text;
  if (rest.ends_with("/udp")) port.protocol = net::Protocol::kUdp;
  rest = rest.substr(0, rest.find('/'));
  const size_t colon = rest.rfind(':');
  const auto inside = net::parse_port(rest.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (!inside) return errorf("invalid containerPort: ", rest.substr(colon + 1));
  port.container = *inside;
  if (colon != std::string_view::npos) {
    rest = rest.substr(0, colon);
    rest = rest.substr(rest.rfind(':') + 1);
    const auto outside = net::parse_port(rest);
    if (!outside) return errorf("invalid hostPort: ", rest);
    port.host = *outside;
  }
  options.ports.push_back(port);
  return nullptr;
}

engine::Error read_volume(std::string_view text, CreateOptions& options) {
  VolumeMount mount;
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    mount.volume = text.substr(0, colon);
    text.remove_prefix(colon + 1);
    if (text.ends_with(":ro")) mount.read_only = true;
    text = text.substr(0, text.find(':'));
  }
  if (!text.starts_with('/')) {
    return errorf("invalid volume specification: '", text,
                  "': invalid mount config for type "
                  "\"volume\": invalid mount path: '",
                  text, "' mount path must be absolute");
  }
  mount.path = clean_path(text);
  options.volumes.push_back(std::move(mount));
  return nullptr;
}

engine::Error read_limits(const Flags& flags, Limits& limits) {
  if (const std::string text = flags.get("memory"); !text.empty()) {
    const std::optional<int64_t> bytes = parse_size(text);
    if (!bytes)
      return errorf("invalid argument \"", text, "\" for \"-m, --memory\" flag: invalid size: '",
                    text, "'");
    // Source: moby, linuxMinMemory.
    constexpr int64_t kLeast = int64_t{6} << 20;
    if (*bytes < kLeast) return errorf(kDaemonErrorPrefix, "Minimum memory limit allowed is 6MB");
    limits.memory_bytes = *bytes;
  }
  if (const std::string text = flags.get("cpus"); !text.empty()) {
    const std::optional<int64_t> billionths = parse_billionths(text);
    if (!billionths)
      return errorf("invalid argument \"", text, "\" for \"--cpus\" flag: failed to parse ", text,
                    " as a rational number");
    limits.cpu_max.quota = limits.cpu_max.period * (*billionths / 1'000'000) / 1000;
  }
  if (const std::string text = flags.get("cpu-shares"); !text.empty()) {
    const std::optional<int64_t> shares = number(text);
    if (!shares) return errorf("invalid argument \"", text, "\" for \"-c, --cpu-shares\" flag");
    if (*shares > 0) limits.cpu_weight = node::cpu_weight_of_shares(static_cast<uint64_t>(*shares));
  }
  if (const std::string text = flags.get("pids-limit"); !text.empty()) {
    const std::optional<int64_t> pids = number(text);
    if (!pids) return errorf("invalid argument \"", text, "\" for \"--pids-limit\" flag");
    if (*pids > 0) limits.pids = static_cast<uint32_t>(*pids);
  }
  if (const std::string text = flags.get("oom-score-adj"); !text.empty()) {
    limits.oom_score_adj = static_cast<int32_t>(number(text).value_or(0));
  }
  return nullptr;
}

engine::Error read_health(const Flags& flags, const Image& image, CreateOptions& options) {
  HealthCheck check = image.config().healthcheck.value_or(HealthCheck{});
  bool is_given = false;
  if (flags.has("no-healthcheck")) {
    check.test = {"NONE"};
    is_given = true;
  }
  if (flags.values.contains("health-cmd")) {
    check.test = {"CMD-SHELL", flags.get("health-cmd")};
    is_given = true;
  }
  const auto read_length = [&](std::string_view name, engine::Duration& place) -> engine::Error {
    const std::string text = flags.get(name);
    if (text.empty()) return nullptr;
    const std::optional<engine::Duration> length = parse_length(text);
    if (!length)
      return errorf("invalid argument \"", text, "\" for \"--", name,
                    "\" flag: time: invalid duration \"", text, "\"");
    place = *length;
    is_given = true;
    return nullptr;
  };
  engine::Error error = read_length("health-interval", check.interval);
  if (!error) error = read_length("health-timeout", check.timeout);
  if (!error) error = read_length("health-start-period", check.start_period);
  if (error) return error;
  if (const std::string text = flags.get("health-retries"); !text.empty()) {
    check.retries = number(text).value_or(0);
    is_given = true;
  }
  if (is_given) options.health = check;
  return nullptr;
}

}  // namespace

std::span<const Flag> run_flags() {
  return kRunFlags;
}

void read_environment(const std::vector<std::string>& texts, Environment& env) {
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) {
      // The value is the command's own.
      env.emplace_back(text, engine::current_process().env(text, {}));
    } else {
      env.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
}

engine::Error read_run_options(const Flags& flags, const Image& image, CreateOptions& options) {
  ContainerConfig& config = options.config;
  config.name = flags.get("name");
  config.host_name = flags.get("hostname");
  config.working_dir = flags.get("workdir");
  config.read_only = flags.has("read-only");
  options.removes_itself = flags.has("rm");
  read_environment(flags.all("env"), config.env);
  for (const std::string& label : flags.all("label")) {
    const size_t equals = label.find('=');
    config.labels[label.substr(0, equals)] =
        equals == std::string::npos ? std::string() : label.substr(equals + 1);
  }
  if (const std::string text = flags.get("entrypoint"); !text.empty()) config.entrypoint = {text};
  const std::string network = flags.get(flags.values.contains("network") ? "network" : "net");
  if (!network.empty() && network != "host" && network != "bridge" && network != "default") {
    return errorf(kDaemonErrorPrefix, "network ", network, " not found");
  }
  options.uses_host_network = network == "host";
  const ParsedRestartPolicy policy = parse_restart_policy(flags.get("restart"));
  if (policy.error) return policy.error;
  options.restart = policy.policy;
  if (options.removes_itself && policy.policy.kind != RestartPolicy::Kind::kNo) {
    return errorf("Conflicting options: --restart and --rm");
  }
  for (const std::string& text : flags.all("publish")) {
    const engine::Error error = read_port(text, options);
    if (error) return error;
  }
  for (const std::string& text : flags.all("volume")) {
    const engine::Error error = read_volume(text, options);
    if (error) return error;
  }
  const engine::Error error = read_limits(flags, config.limits);
  return error ? error : read_health(flags, image, options);
}

}  // namespace sim::container::docker
