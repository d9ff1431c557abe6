// sim/shell/applet.h: the tools that are part of the shell, by name.
//
// Concept: as in busybox, each is a function of one program. Those that never wait are plain ones.
// Texts and exit codes are busybox's. Source: busybox 1.37; stress 1.0.7.

#pragma once

#include <string_view>

#include "engine/task/task.h"
#include "sim/shell/session.h"

namespace sim::shell {

struct Applet {
  std::string_view name;
  int (*now)(const Call& call) = nullptr;
  engine::Task<int> (*later)(Call call) = nullptr;
  /// It belongs to the machine: a container has none.
  bool is_for_machines = false;
};
/// Null if there is none.
const Applet* find_applet(std::string_view name);

// Files.
int run_cat(const Call& call);
int run_cp(const Call& call);
int run_ls(const Call& call);
int run_mkdir(const Call& call);
int run_mv(const Call& call);
int run_rm(const Call& call);
int run_touch(const Call& call);

// Text.
int run_echo(const Call& call);
int run_head(const Call& call);
int run_printf(const Call& call);
engine::Task<int> run_tail(Call call);
int run_test(const Call& call);
int run_wc(const Call& call);

// The shell itself, and the process.
int run_cd(const Call& call);
engine::Task<int> run_env(Call call);
engine::Task<int> run_exec(Call call);
int run_exit(const Call& call);
int run_export(const Call& call);
engine::Task<int> run_sh(Call call);
int run_unset(const Call& call);

// The system.
int run_date(const Call& call);
int run_hostname(const Call& call);
int run_id(const Call& call);
int run_kill(const Call& call);
int run_ps(const Call& call);
int run_pwd(const Call& call);
engine::Task<int> run_sleep(Call call);
engine::Task<int> run_stress(Call call);

// The network.
engine::Task<int> run_nslookup(Call call);
engine::Task<int> run_wget(Call call);

/// `10`, `1.5s`, `2m`, `1h`, `1d` as a length; negative: it is none.
engine::Duration length_of(std::string_view text);

}  // namespace sim::shell
