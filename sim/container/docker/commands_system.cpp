// sim/container/docker/commands_system.cpp: volume, network, version, info, system df.

#include <utility>

#include "sim/container/docker/commands.h"
#include "sim/container/docker/listing.h"
#include "sim/container/docker/units.h"

namespace sim::container::docker {
namespace {

std::string count_text(int64_t count) {
  std::string out;
  engine::append_operand(out, count);
  return out;
}

std::string share(int64_t part, int64_t whole) {
  std::string out = human_size(part, 4);
  if (whole == 0) return out;
  out += " (";
  engine::append_operand(out, part * 100 / whole);
  return out + "%)";
}

int list_volumes(const Cli& cli, const Flags& flags) {
  Listing listing;
  listing.fields = {{"Driver", "DRIVER"}, {"Name", "VOLUME NAME"}};
  listing.columns = {0, 1};
  for (const auto& [name, volume] : cli.daemon->volumes()) {
    if (flags.has("quiet")) {
      cli.line(name);
    } else {
      listing.rows.push_back({"local", name});
    }
  }
  if (flags.has("quiet")) return 0;
  const Listed listed = list_rows(listing, flags.get("format"));
  cli.print(listed.error ? listed.error.message() + "\n" : listed.text);
  return listed.error ? 1 : 0;
}

}  // namespace

int run_volume(const Cli& cli, const Words& words) {
  constexpr Flag kFlags[] = {{"quiet", 'q'}, {"format", '\0', true}, {"force", 'f'}};
  const Flags flags = read_flags(words, 1, kFlags);
  if (!flags.error.empty()) return cli.misuse(flags.error);
  const std::string what = flags.rest.empty() ? std::string() : flags.rest[0];
  if (what == "ls" || what == "list") return list_volumes(cli, flags);
  if (what == "create") {
    const std::string_view name = flags.rest.size() > 1 ? flags.rest[1] : std::string_view();
    cli.line(cli.daemon->volume(name)->name());
    return 0;
  }
  if (what != "rm") return cli.misuse("docker volume: unknown command: " + what);
  int status = 0;
  for (size_t i = 1; i < flags.rest.size(); ++i) {
    const engine::Error error = cli.daemon->remove_volume(flags.rest[i]);
    if (error) {
      status = cli.refuse(error);
    } else {
      cli.line(flags.rest[i]);
    }
  }
  return status;
}

int run_network(const Cli& cli, const Words& words) {
  if (words.size() < 2 || (words[1] != "ls" && words[1] != "list")) {
    return cli.misuse("docker network: only ls is supported");
  }
  constexpr Flag kFlags[] = {{"format", '\0', true}};
  const Flags flags = read_flags(words, 2, kFlags);
  Listing listing;
  listing.fields = {
      {"ID", "NETWORK ID"}, {"Name", "NAME"}, {"Driver", "DRIVER"}, {"Scope", "SCOPE"}};
  listing.columns = {0, 1, 2, 3};
  for (const std::string_view name : {"bridge", "host", "none"}) {
    std::string seed = cli.runtime().machine().name() + "/network/";
    seed += name;
    listing.rows.push_back({sha256(seed).short_id(), std::string(name),
                            name == "none" ? "null" : std::string(name), "local"});
  }
  const Listed listed = list_rows(listing, flags.get("format"));
  cli.print(listed.error ? listed.error.message() + "\n" : listed.text);
  return listed.error ? 1 : 0;
}

int run_version(const Cli& cli, const Words& /*words*/) {
  cli.print(
      "Client:\n"
      " Version:           27.5.1\n"
      " API version:       1.47\n"
      " OS/Arch:           linux/amd64\n"
      " Context:           default\n"
      "\n"
      "Server:\n"
      " Engine:\n"
      "  Version:          27.5.1\n"
      "  API version:      1.47 (minimum version 1.24)\n"
      "  OS/Arch:          linux/amd64\n");
  return 0;
}

int run_info(const Cli& cli, const Words& /*words*/) {
  int64_t running = 0;
  const auto& all = cli.runtime().containers();
  for (const engine::Ref<Container>& each : all) running += each->is_running() ? 1 : 0;
  const auto count = static_cast<int64_t>(all.size());
  const node::Machine& machine = cli.runtime().machine();
  cli.print(
      "Server:\n Containers: " + count_text(count) + "\n  Running: " + count_text(running) +
      "\n  Paused: 0\n  Stopped: " + count_text(count - running) +
      "\n Images: " + count_text(static_cast<int64_t>(cli.runtime().images().images().size())) +
      "\n Server Version: 27.5.1\n Storage Driver: overlay2\n Cgroup Driver: systemd\n"
      " Cgroup Version: 2\n CPUs: " +
      count_text(machine.cpu().cores()) + "\n Total Memory: " + bytes_size(machine.memory_bytes()) +
      "\n Name: " + machine.name() + "\n");
  return 0;
}

int run_system(const Cli& cli, const Words& words) {
  if (words.size() < 2 || words[1] != "df") {
    return cli.misuse("docker system: only df is supported");
  }
  constexpr Flag kFlags[] = {{"format", '\0', true}, {"verbose", 'v'}};
  const Flags flags = read_flags(words, 2, kFlags);
  const DiskUsage usage = cli.runtime().images().disk_usage();
  int64_t running = 0;
  int64_t bytes = 0;
  int64_t stopped_bytes = 0;
  for (const engine::Ref<Container>& each : cli.runtime().containers()) {
    running += each->is_running() ? 1 : 0;
    bytes += each->files().upper_bytes();
    if (!each->is_running()) stopped_bytes += each->files().upper_bytes();
  }
  int64_t volume_bytes = 0;
  int64_t unused_bytes = 0;
  int64_t used_volumes = 0;
  for (const auto& [name, volume] : cli.daemon->volumes()) {
    const int64_t size = volume.volume->files().upper_bytes();
    bool is_used = false;
    for (const engine::Ref<Container>& each : cli.runtime().containers()) {
      for (const Mount& mount : each->config().mounts) {
        is_used = is_used || mount.volume.get() == volume.volume.get();
      }
    }
    volume_bytes += size;
    used_volumes += is_used ? 1 : 0;
    if (!is_used) unused_bytes += size;
  }
  Listing listing;
  listing.fields = {{"Type", "TYPE"},
                    {"TotalCount", "TOTAL"},
                    {"Active", "ACTIVE"},
                    {"Size", "SIZE"},
                    {"Reclaimable", "RECLAIMABLE"}};
  listing.columns = {0, 1, 2, 3, 4};
  const auto total = [](size_t count) { return count_text(static_cast<int64_t>(count)); };
  listing.rows.push_back({"Images", total(usage.images.size()), count_text(usage.active_images),
                          human_size(usage.layers_bytes, 4),
                          share(usage.reclaimable_bytes, usage.layers_bytes)});
  listing.rows.push_back({"Containers", total(cli.runtime().containers().size()),
                          count_text(running), human_size(bytes, 4), share(stopped_bytes, bytes)});
  listing.rows.push_back({"Local Volumes", total(cli.daemon->volumes().size()),
                          count_text(used_volumes), human_size(volume_bytes, 4),
                          share(unused_bytes, volume_bytes)});
  listing.rows.push_back({"Build Cache", "0", "0", "0B", "0B"});
  const Listed listed = list_rows(listing, flags.get("format"));
  cli.print(listed.error ? listed.error.message() + "\n" : listed.text);
  return listed.error ? 1 : 0;
}

}  // namespace sim::container::docker
