// sim/container/docker/commands_look.cpp: ps, stats, top, diff, port.

#include <utility>

#include "engine/sync/timer.h"
#include "sim/container/calendar.h"
#include "sim/container/docker/commands.h"
#include "sim/container/docker/listing.h"
#include "sim/container/docker/units.h"

namespace sim::container::docker {
namespace {

using engine::Ref;
using engine::Task;

std::string since(const Cli& cli, int64_t unix_ns) {
  return human_duration(engine::Duration{cli.now_ns() - unix_ns});
}

std::string command_words(const Container& container) {
  std::string out;
  for (const std::string& word : container.command_line()) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string joined(const std::map<std::string, std::string>& labels) {
  std::string out;
  for (const auto& [key, value] : labels) {
    if (!out.empty()) out += ',';
    out += key + "=" + value;
  }
  return out;
}

// Whether a container fits `--filter status=exited`, `name=web`.
bool fits(const Cli& cli, const Container& container, const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    const size_t equals = filter.find('=');
    const std::string key = filter.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : filter.substr(equals + 1);
    if (key == "status" && state_text(cli, container) != value) return false;
    if (key == "name" && container.config().name.find(value) == std::string::npos) return false;
  }
  return true;
}

}  // namespace

std::string protocol_text(net::Protocol protocol) {
  return protocol == net::Protocol::kUdp ? "udp" : "tcp";
}

std::string state_text(const Cli& cli, const Container& container) {
  const Record* const record = cli.daemon->record_of(container);
  if (record != nullptr && record->is_restarting) return "restarting";
  if (container.is_running()) return "running";
  return container.state() == ContainerState::kCreated ? "created" : "exited";
}

std::string status_text(const Cli& cli, const Container& container) {
  const Record* const record = cli.daemon->record_of(container);
  if (container.state() == ContainerState::kCreated) return "Created";
  if (container.is_running()) {
    std::string out = "Up " + since(cli, container.started_ns());
    if (record != nullptr && record->health) {
      const Health health = record->health->health();
      out += health == Health::kStarting ? " (health: starting)"
                                         : " (" + std::string(health_name(health)) + ")";
    }
    return out;
  }
  std::string out = record != nullptr && record->is_restarting ? "Restarting (" : "Exited (";
  engine::append_operand(out, container.exit_code());
  return out + ") " + since(cli, container.finished_ns()) + " ago";
}

std::string ports_text(const Cli& cli, const Container& container) {
  const Record* const record = cli.daemon->record_of(container);
  if (record == nullptr || record->ip == net::Ip{} || !container.is_running()) return {};
  std::string out;
  std::set<std::string> others = container.config().image->config().exposed_ports;
  for (const PublishedPort& port : record->ports) {
    std::string inside;
    engine::append_operand(inside, port.container);
    inside += "/" + protocol_text(port.protocol);
    others.erase(inside);
    if (!out.empty()) out += ", ";
    out += "0.0.0.0:";
    engine::append_operand(out, port.host);
    out += "->" + inside;
  }
  for (const std::string& port : others) {
    if (!out.empty()) out += ", ";
    out += port;
  }
  return out;
}

int run_ps(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"all", 'a'},           {"quiet", 'q'},      {"no-trunc"},
                             {"format", '\0', true}, {"last", 'n', true}, {"latest", 'l'},
                             {"filter", 'f', true},  {"size", 's'}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  Listing listing;
  listing.fields = {{"ID", "CONTAINER ID"},     {"Image", "IMAGE"},   {"Command", "COMMAND"},
                    {"RunningFor", "CREATED"},  {"Status", "STATUS"}, {"Ports", "PORTS"},
                    {"Names", "NAMES"},         {"State", "STATE"},   {"Labels", "LABELS"},
                    {"CreatedAt", "CREATED AT"}};
  listing.columns = {0, 1, 2, 3, 4, 5, 6};
  const bool is_whole = flags.has("no-trunc");
  const std::vector<std::string> filters = flags.all("filter");
  const bool shows_all =
      flags.has("all") || flags.has("latest") || !flags.get("last").empty() || !filters.empty();
  const std::vector<Ref<Container>>& all = cli.runtime().containers();
  // The youngest first.
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    const Container& container = **at;
    const bool runs = container.is_running() || state_text(cli, container) == "restarting";
    if ((!runs && !shows_all) || !fits(cli, container, filters)) continue;
    const std::string id = is_whole ? container.id() : container.short_id();
    if (flags.has("quiet")) {
      cli.line(id);
    } else {
      constexpr size_t kCommandWidth = 20;
      const std::string command = command_words(container);
      const CalendarTime created = calendar_time(container.created_ns());
      listing.rows.push_back(
          {id, container.config().image_name,
           "\"" + (is_whole ? command : ellipsis(command, kCommandWidth)) + "\"",
           since(cli, container.created_ns()) + " ago", status_text(cli, container),
           ports_text(cli, container), container.config().name, state_text(cli, container),
           joined(container.config().labels),
           padded_number(created.year, 4) + "-" + padded_number(created.month, 2) + "-" +
               padded_number(created.day, 2) + " " + padded_number(created.hour, 2) + ":" +
               padded_number(created.minute, 2) + ":" + padded_number(created.second, 2) +
               " +0000 UTC"});
    }
    if (flags.has("latest")) break;
  }
  if (flags.has("quiet")) return 0;
  const Listed listed = list_rows(listing, flags.get("format"));
  if (listed.error) {
    cli.line(listed.error.message());
    return 1;
  }
  cli.print(listed.text);
  return 0;
}

Task<int> run_stats(Cli cli, Words words) {
  constexpr Flag kFlags[] = {{"no-stream"}, {"all", 'a'}, {"format", '\0', true}, {"no-trunc"}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) co_return cli.misuse(flags.error);
  std::vector<Ref<Container>> wanted;
  for (const std::string& name : flags.rest) {
    Container* const found = cli.container(name);
    if (found == nullptr) co_return 1;
    wanted.emplace_back(found);
  }
  if (flags.rest.empty()) {
    for (const Ref<Container>& each : cli.runtime().containers()) {
      if (each->is_running()) wanted.push_back(each);
    }
  }
  std::vector<engine::Duration> before;
  for (const Ref<Container>& each : wanted) {
    before.push_back(each->is_running() ? each->cgroup().cpu_stat(engine::now()).usage
                                        : engine::Duration{});
  }
  // Two samples make a rate. Without a terminal there is no stream.
  co_await engine::sleep_for(engine::kSecond);
  Listing listing;
  listing.fields = {{"ID", "CONTAINER ID"},   {"Name", "NAME"},
                    {"CPUPerc", "CPU %"},     {"MemUsage", "MEM USAGE / LIMIT"},
                    {"MemPerc", "MEM %"},     {"NetIO", "NET I/O"},
                    {"BlockIO", "BLOCK I/O"}, {"PIDs", "PIDS"}};
  listing.columns = {0, 1, 2, 3, 4, 5, 6, 7};
  const int64_t machine_bytes = cli.runtime().machine().memory_bytes();
  for (size_t i = 0; i < wanted.size(); ++i) {
    Container& container = *wanted[i];
    int64_t cpu = 0;
    int64_t bytes = 0;
    int64_t limit = 0;
    std::string pids = "0";
    if (container.is_running()) {
      const node::Cgroup& group = container.cgroup();
      cpu = (group.cpu_stat(engine::now()).usage - before[i]).ns / (engine::kSecond.ns / 10'000);
      bytes = group.memory_usage();
      limit = std::min(group.memory_max(), machine_bytes);
      pids.clear();
      engine::append_operand(pids, group.pids());
    }
    listing.rows.push_back(
        {container.short_id(), container.config().name, percent(cpu),
         bytes_size(bytes) + " / " + bytes_size(limit),
         percent(limit == 0 ? 0 : bytes * 100 / std::max<int64_t>(1, limit / 100)), "0B / 0B",
         "0B / 0B", pids});
  }
  const Listed listed = list_rows(listing, flags.get("format"));
  cli.print(listed.error ? listed.error.message() + "\n" : listed.text);
  co_return listed.error ? 1 : 0;
}

int run_top(const Cli& cli, const Words& words) {
  if (words.size() < 2) return cli.too_few("at least 1 argument");
  Container* const container = cli.container(words[1]);
  if (container == nullptr) return 1;
  if (!container->is_running()) {
    return cli.refuse(engine::errorf("container ", container->id(), " is not running"));
  }
  constexpr size_t kWidth = 20;
  std::string out;
  const auto add = [&out](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out.append(kWidth - std::min(kWidth - 1, cells[i].size()), ' ');
    }
    out += '\n';
  };
  add({"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"});
  const CalendarTime started = calendar_time(container->started_ns());
  const std::string begin = padded_number(started.hour, 2) + ":" + padded_number(started.minute, 2);
  for (const auto& memory : cli.runtime().machine().memories()) {
    if (&memory->host() != container) continue;
    const engine::Process& process = memory->process();
    std::string pid;
    engine::append_operand(pid, process.id().value);
    add({"root", pid, "1", "0", begin, "?", "00:00:00", command_text(process)});
  }
  cli.print(out);
  return 0;
}

int run_diff(const Cli& cli, const Words& words) {
  if (words.size() != 2) return cli.too_few("exactly 1 argument");
  Container* const container = cli.container(words[1]);
  if (container == nullptr) return 1;
  for (const Change& change : container->files().changes()) cli.line(change.text());
  return 0;
}

int run_port(const Cli& cli, const Words& words) {
  if (words.size() < 2) return cli.too_few("at least 1 and at most 2 arguments");
  Container* const container = cli.container(words[1]);
  if (container == nullptr) return 1;
  const Record* const record = cli.daemon->record_of(*container);
  if (record == nullptr || !container->is_running()) return 0;
  for (const PublishedPort& port : record->ports) {
    std::string out;
    engine::append_operand(out, port.container);
    out += "/" + protocol_text(port.protocol) + " -> 0.0.0.0:";
    engine::append_operand(out, port.host);
    cli.line(out);
  }
  return 0;
}

}  // namespace sim::container::docker
