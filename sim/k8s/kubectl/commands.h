// sim/k8s/kubectl/commands.h: the table of kubectl's commands, and what does their work.
//
// Each function suspends until its command has ended, and gives the error that kubectl prints.

#pragma once

#include <span>

#include "sim/k8s/kubectl/call.h"

namespace sim::k8s::kubectl {

std::span<const Command> commands();
/// The flags that every command has.
std::span<const Flag> global_flags();

/// Prints an object as -o asks for it; without that `deployment.apps/web created`, and what
/// --dry-run adds.
engine::Error print_result(const Call& call, const Value& object, std::string_view operation);
/// The suffix of messages under --dry-run.
std::string dry_run_suffix(const Call& call);
/// What is wrong with --dry-run, or with -o of a command that changes objects; nil if nothing is.
engine::Error check_options(const Call& call);

using Outcome = engine::Task<engine::Error>;

// get_command.cpp, describe_command.cpp
Outcome run_get(Call call);
Outcome run_describe(Call call);
// apply_command.cpp
Outcome run_apply(Call call);
// create_command.cpp, create_kinds.cpp
Outcome run_create(Call call);
Outcome run_create_namespace(Call call);
Outcome run_create_config_map(Call call);
Outcome run_create_secret(Call call);
Outcome run_create_service_account(Call call);
Outcome run_create_deployment(Call call);
Outcome run_create_service(Call call);
Outcome run_create_job(Call call);
Outcome run_create_cron_job(Call call);
// run_command.cpp
Outcome run_run(Call call);
Outcome run_expose(Call call);
Outcome run_autoscale(Call call);
// delete_command.cpp
Outcome run_delete(Call call);
// scale_command.cpp
Outcome run_scale(Call call);
// rollout_command.cpp, rollout_status.cpp, rollout_history.cpp
Outcome run_rollout_status(Call call);
Outcome run_rollout_history(Call call);
Outcome run_rollout_undo(Call call);
Outcome run_rollout_restart(Call call);
Outcome run_rollout_pause(Call call);
Outcome run_rollout_resume(Call call);
// logs_command.cpp
Outcome run_logs(Call call);
Outcome run_exec(Call call);
// top_command.cpp
Outcome run_top_node(Call call);
Outcome run_top_pod(Call call);
// drain_command.cpp
Outcome run_cordon(Call call);
Outcome run_uncordon(Call call);
Outcome run_drain(Call call);
// taint_command.cpp
Outcome run_taint(Call call);
// label_command.cpp
Outcome run_label(Call call);
Outcome run_annotate(Call call);
// server_commands.cpp
Outcome run_explain(Call call);
Outcome run_api_resources(Call call);
Outcome run_api_versions(Call call);
Outcome run_version(Call call);
Outcome run_cluster_info(Call call);
// events_command.cpp
Outcome run_events(Call call);
// patch_command.cpp
Outcome run_patch(Call call);
Outcome run_set_image(Call call);
// wait_command.cpp
Outcome run_wait(Call call);

/// Creates `object` in the cluster and prints that, or just prints it under --dry-run=client.
Outcome create_and_print(Call call, Value object, std::string manager);

}  // namespace sim::k8s::kubectl
