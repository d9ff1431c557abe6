#include "sim/shell/session.h"

#include <utility>

#include "engine/world/local.h"
#include "sim/container/path.h"
#include "sim/shell/cgroup_files.h"

namespace sim::shell {
namespace {

class ProcessOutput final : public Output {
 public:
  void write(std::string_view text) override { engine::print(text); }
};

class NoOutput final : public Output {
 public:
  void write(std::string_view /*text*/) override {}
};

// What shells on bare machines see, by machine.
struct MachineFiles : engine::WorldLocal {
  std::map<uint32_t, engine::Ref<container::Volume>> by_machine;
};

container::UnionFs& machine_files() {
  const node::Machine& machine = node::this_machine();
  engine::Ref<container::Volume>& files =
      engine::world_local<MachineFiles>().by_machine[machine.id()];
  if (!files) {
    files = engine::Ref<container::Volume>(new container::Volume(machine.name()));
    for (const std::string_view path : {"/etc", "/tmp", "/root", "/var/log"}) {
      static_cast<void>(files->files().make_directories(path));
    }
    std::string name(machine.name());
    name += '\n';
    static_cast<void>(files->files().write("/etc/hostname", std::move(name)));
  }
  return files->files();
}

}  // namespace

engine::Ref<Output> process_output() {
  return engine::Ref<Output>(new ProcessOutput);
}

engine::Ref<Output> no_output() {
  return engine::Ref<Output>(new NoOutput);
}

Session::Session() : container(container::this_container()) {
  const engine::Process& process = engine::current_process();
  input = process.env(container::kStandardInput, {});
  if (container != nullptr) {
    variables = {{"HOME", "/root"},
                 {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}};
    for (const auto& [name, value] : container->environment()) variables[name] = value;
    const auto execution = container->executions().find(process.id());
    if (execution != container->executions().end()) {
      for (const auto& [name, value] : execution->second->env()) variables[name] = value;
    }
    variables.erase(std::string(container::kStandardInput));
    directory = container->working_dir();
  }
  const auto pwd = variables.find("PWD");
  if (pwd != variables.end()) directory = container::clean_path(pwd->second);
}

std::string Session::variable(std::string_view name) const {
  const auto found = variables.find(name);
  if (found != variables.end()) return found->second;
  return std::string(container == nullptr ? engine::current_process().env(name, {})
                                          : std::string_view());
}

std::string Session::absolute(std::string_view path) const {
  return container::clean_path(path, directory);
}

container::Container::Seen Session::files_at(std::string_view path) const {
  const std::string clean = absolute(path);
  if (container != nullptr) return container->files_at(clean);
  container::Container::Seen seen;
  seen.files = &machine_files();
  seen.inside = clean;
  return seen;
}

container::FileRead Session::read(std::string_view path) const {
  const std::string clean = absolute(path);
  if (clean == "/dev/null") return {};
  if (std::optional<std::string> text = cgroup_file(node::this_host().cgroup(), clean)) {
    return {std::move(*text), nullptr};
  }
  const container::Container::Seen seen = files_at(path);
  return seen.files->read(seen.inside);
}

int64_t Session::pid_of(engine::ProcessId process) const {
  if (container == nullptr) return process.value;
  const engine::ProcessId first = container->first_process();
  return int64_t{process.value} - first.value + 1;
}

int Call::fail(std::string_view text, int status) const {
  std::string line = words[0];
  line += ": ";
  line += text;
  line += '\n';
  err->write(line);
  return status;
}

std::string error_text(const engine::Error& error) {
  std::string text = error.message();
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace sim::shell
