// sim/container/docker/inspect.cpp: `docker inspect`, of containers, images and volumes.
//
// What is not modelled is left out. Keys come in alphabetical order.

#include <utility>

#include "sim/container/calendar.h"
#include "sim/container/docker/commands.h"
#include "sim/json/print.h"
#include "sim/json/value.h"

namespace sim::container::docker {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::string_view kNoTime = "0001-01-01T00:00:00Z";

Value texts(const std::vector<std::string>& all) {
  Array out;
  for (const std::string& each : all) out.add(each);
  return out.build();
}

Value time_value(int64_t unix_ns) {
  return unix_ns == 0 ? Value(kNoTime) : Value(nano_time_text(unix_ns));
}

Value health_check_value(const HealthCheck& check) {
  return Object()
      .set("Test", texts(check.test))
      .set_nonzero("Interval", check.interval.ns)
      .set_nonzero("Timeout", check.timeout.ns)
      .set_nonzero("StartPeriod", check.start_period.ns)
      .set_nonzero("Retries", check.retries)
      .build();
}

Value health_value(const HealthMonitor& monitor) {
  Array log;
  for (const HealthResult& result : monitor.results()) {
    log.add(Object()
                .set("Start", nano_time_text(result.start_ns))
                .set("End", nano_time_text(result.end_ns))
                .set("ExitCode", result.exit_code)
                .set("Output", result.output)
                .build());
  }
  return Object()
      .set("Status", health_name(monitor.health()))
      .set("FailingStreak", monitor.failing_streak())
      .set("Log", log.build())
      .build();
}

Value state_value(const Cli& cli, const Container& container, const Record* record) {
  Object out;
  out.set("Status", state_text(cli, container))
      .set("Running", container.is_running())
      .set("Paused", false)
      .set("Restarting", record != nullptr && record->is_restarting)
      .set("OOMKilled", container.oom_killed())
      .set("Dead", false)
      .set("Pid", container.is_running() ? int64_t{container.first_process().value} : int64_t{0})
      .set("ExitCode", container.exit_code())
      .set("Error", container.start_error())
      .set("StartedAt", time_value(container.started_ns()))
      .set("FinishedAt", time_value(container.finished_ns()));
  if (record != nullptr && record->health) out.set("Health", health_value(*record->health));
  return std::move(out).build();
}

Value host_config_value(const Container& container, const Record* record) {
  const Limits& limits = container.config().limits;
  const RestartPolicy policy = record == nullptr ? RestartPolicy{} : record->restarts.policy();
  const bool has_memory = limits.memory_bytes != node::Cgroup::kNoMemoryLimit;
  Object out;
  out.set("Memory", has_memory ? limits.memory_bytes : 0)
      .set("NanoCpus", limits.cpu_max.quota.ns > 0 ? limits.cpu_max.quota.ns * 10 : int64_t{0})
      .set("NetworkMode", container.config().network ? "bridge" : "host")
      .set("ReadonlyRootfs", container.config().read_only)
      .set("AutoRemove", record != nullptr && record->removes_itself)
      .set("OomScoreAdj", limits.oom_score_adj)
      .set(
          "RestartPolicy",
          Object().set("Name", policy.name()).set("MaximumRetryCount", policy.retries_max).build());
  if (limits.pids != node::Cgroup::kNoPidsLimit) out.set("PidsLimit", int64_t{limits.pids});
  return std::move(out).build();
}

Value network_value(const Record* record) {
  Object ports;
  if (record != nullptr) {
    for (const PublishedPort& port : record->ports) {
      std::string inside;
      engine::append_operand(inside, port.container);
      std::string outside;
      engine::append_operand(outside, port.host);
      Array binding;
      binding.add(Object().set("HostIp", "0.0.0.0").set("HostPort", outside).build());
      ports.set(inside + "/" + protocol_text(port.protocol), binding.build());
    }
  }
  const bool has_ip = record != nullptr && record->ip != net::Ip{};
  return Object()
      .set("Ports", std::move(ports).build())
      .set("IPAddress", has_ip ? net::ip_text(record->ip) : std::string())
      .build();
}

Value container_value(const Cli& cli, const Container& container) {
  const Record* const record = cli.daemon->record_of(container);
  const ContainerConfig& config = container.config();
  const std::vector<std::string> command = container.command_line();
  Array mounts;
  for (const Mount& mount : config.mounts) {
    mounts.add(Object()
                   .set("Type", "volume")
                   .set("Name", mount.volume->name())
                   .set("Destination", mount.path)
                   .set("RW", !mount.read_only)
                   .build());
  }
  std::vector<std::string> env;
  for (const auto& [name, value] : container.environment()) {
    if (name != "HOSTNAME") env.push_back(name + "=" + value);
  }
  Object labels;
  for (const auto& [key, value] : config.labels) labels.set(key, value);
  Object described;
  described.set("Hostname", container.host_name())
      .set("Env", texts(env))
      .set("Cmd", texts(config.args.empty() ? config.image->config().cmd : config.args))
      .set("Image", config.image_name)
      .set("WorkingDir", container.working_dir())
      .set("Labels", std::move(labels).build());
  if (record != nullptr && record->health) {
    described.set("Healthcheck", health_check_value(record->health->check()));
  }
  return Object()
      .set("Id", container.id())
      .set("Created", nano_time_text(container.created_ns()))
      .set("Path", command.empty() ? std::string() : command[0])
      .set("Args", texts({command.begin() + (command.empty() ? 0 : 1), command.end()}))
      .set("State", state_value(cli, container, record))
      .set("Image", config.image->id().text())
      .set("Name", "/" + config.name)
      .set("RestartCount", record == nullptr ? int64_t{0} : record->restarts.count())
      .set("Driver", "overlay2")
      .set("HostConfig", host_config_value(container, record))
      .set("Mounts", mounts.build())
      .set("Config", std::move(described).build())
      .set("NetworkSettings", network_value(record))
      .build();
}

Value image_value(const Cli& cli, const Image& image) {
  const ImageConfig& config = image.config();
  Array tags;
  for (const Reference& name : cli.runtime().images().names_of(image.id())) {
    if (!name.tag.empty()) tags.add(name.familiar());
  }
  Array layers;
  for (const Digest& layer : config.diff_ids) layers.add(layer.text());
  Object described;
  described.set("Env", texts(config.env))
      .set("Cmd", texts(config.cmd))
      .set("Entrypoint", texts(config.entrypoint))
      .set("WorkingDir", config.working_dir);
  if (config.healthcheck) described.set("Healthcheck", health_check_value(*config.healthcheck));
  return Object()
      .set("Id", image.id().text())
      .set("RepoTags", tags.build())
      .set("Created", nano_time_text(config.created_s * engine::kSecond.ns))
      .set("Architecture", config.architecture)
      .set("Os", config.os)
      .set("Size", image.size_bytes())
      .set("Config", std::move(described).build())
      .set("RootFS", Object().set("Type", "layers").set("Layers", layers.build()).build())
      .build();
}

Value value_of(const Cli& cli, std::string_view name) {
  if (const Container* const container = cli.runtime().find(name)) {
    return container_value(cli, *container);
  }
  const FoundImage found = cli.runtime().images().find(name);
  if (!found.error) return image_value(cli, *found.image);
  const auto volume = cli.daemon->volumes().find(name);
  if (volume == cli.daemon->volumes().end()) return {};
  return Object()
      .set("Name", name)
      .set("Driver", "local")
      .set("Scope", "local")
      .set("CreatedAt", nano_time_text(volume->second.created_ns))
      .build();
}

// `{{.State.Health.Status}}`, `{{json .State}}`, with text around.
std::string formatted(const Value& value, std::string_view format) {
  std::string out;
  while (!format.empty()) {
    const size_t open = format.find("{{");
    out += format.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = std::min(format.size(), format.find("}}", open));
    std::string_view inside = format.substr(open + 2, close - open - 2);
    format.remove_prefix(std::min(format.size(), close + 2));
    while (inside.starts_with(' ')) inside.remove_prefix(1);
    while (inside.ends_with(' ')) inside.remove_suffix(1);
    bool is_json = inside.starts_with("json ");
    if (is_json) inside.remove_prefix(5);
    Value at = value;
    while (inside.starts_with('.') && inside.size() > 1) {
      inside.remove_prefix(1);
      const size_t dot = inside.find('.');
      at = at[inside.substr(0, dot)];
      inside.remove_prefix(std::min(inside.size(), dot));
    }
    if (!at) {
      out += "<no value>";
    } else if (at.is_string() && !is_json) {
      out += at.text();
    } else {
      out += at.to_json();
    }
  }
  return out;
}

}  // namespace

int run_inspect(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"format", 'f', true}, {"size", 's'}, {"type", '\0', true}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  if (flags.rest.empty()) return cli.too_few("at least 1 argument");
  Array all;
  std::string errors;
  const std::string format = flags.get("format");
  for (const std::string& name : flags.rest) {
    const Value value = value_of(cli, name);
    if (!value) {
      errors += "Error: No such object: " + name + "\n";
    } else if (format.empty()) {
      all.add(value);
    } else {
      cli.line(formatted(value, format));
    }
  }
  if (format.empty()) {
    std::string out;
    json::append_pretty(out, all.build());
    cli.line(out);
  }
  if (!errors.empty()) cli.print(errors);
  return errors.empty() ? 0 : 1;
}

}  // namespace sim::container::docker
