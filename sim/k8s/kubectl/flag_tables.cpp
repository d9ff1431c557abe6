// sim/k8s/kubectl/flag_tables.cpp: kubectl's commands and their flags.
//
// Source: the help pages of kubectl 1.33. Some of the flags are known and have no effect.

#include "sim/k8s/kubectl/commands.h"

namespace sim::k8s::kubectl {
namespace {

constexpr Flag truth(std::string_view name, char letter = 0, std::string_view otherwise = "false") {
  return {name, letter, FlagType::kBool, otherwise, "true"};
}

constexpr Flag kGlobal[] = {
    {"namespace", 'n'},
    {"server", 's'},
    {"context"},
    {"cluster"},
    {"user"},
    {"kubeconfig"},
    {"token"},
    {"as"},
    {"as-group", 0, FlagType::kArray},
    {"as-uid"},
    {"request-timeout", 0, FlagType::kString, "0"},
    {"v", 'v', FlagType::kInt, "0"},
    truth("insecure-skip-tls-verify"),
    {"certificate-authority"},
    {"client-certificate"},
    {"client-key"},
    {"tls-server-name"},
    {"cache-dir"},
    truth("match-server-version"),
    truth("warnings-as-errors"),
    truth("disable-compression"),
    {"username"},
    {"password"},
    {"profile"},
    {"profile-output"},
    {"kuberc"},
};

// What many commands have.
constexpr Flag kFilesFlags[] = {
    {"filename", 'f', FlagType::kStrings},
    truth("recursive", 'R'),
    {"kustomize", 'k'},
};
constexpr Flag kOutputFlags[] = {
    {"output", 'o'},
    truth("show-managed-fields"),
    {"template"},
    truth("allow-missing-template-keys", 0, "true"),
};
constexpr Flag kSelectorFlags[] = {
    {"selector", 'l'},
};
constexpr Flag kDryRunFlags[] = {
    {"dry-run", 0, FlagType::kString, "none", "client"},
};
constexpr Flag kManagerFlags[] = {
    {"field-manager"},
};
constexpr Flag kValidateFlags[] = {
    {"validate", 0, FlagType::kString, "strict", "strict"},
};
constexpr Flag kSaveFlags[] = {
    truth("save-config"),
};
constexpr Flag kSpacesFlags[] = {
    truth("all-namespaces", 'A'),
};
constexpr Flag kFieldsFlags[] = {
    {"field-selector"},
};
constexpr Flag kAllFlags[] = {
    truth("all"),
};
constexpr Flag kChunksFlags[] = {
    {"chunk-size", 0, FlagType::kInt, "500"},
};

// What one command has.
constexpr Flag kGetOwn[] = {
    truth("watch", 'w'),
    truth("watch-only"),
    truth("output-watch-events"),
    truth("show-labels"),
    truth("no-headers"),
    truth("show-kind"),
    {"sort-by"},
    {"label-columns", 'L', FlagType::kStrings},
    truth("ignore-not-found"),
    {"raw"},
    {"subresource"},
    truth("server-print", 0, "true"),
};
constexpr Flag kDescribeOwn[] = {
    {"show-events", 0, FlagType::kString, "true", "true"},
};
constexpr Flag kApplyOwn[] = {
    truth("prune"),
    truth("server-side"),
    truth("force-conflicts"),
    truth("overwrite", 0, "true"),
    {"cascade", 0, FlagType::kString, "background"},
    truth("force"),
    {"grace-period", 0, FlagType::kInt, "-1"},
    {"timeout", 0, FlagType::kDuration, "0s"},
    truth("wait"),
    truth("openapi-patch", 0, "true"),
};
constexpr Flag kCreateOwn[] = {
    truth("edit"),
    {"raw"},
};
constexpr Flag kCreateConfigmapOwn[] = {
    {"from-literal", 0, FlagType::kArray},
    {"from-file", 0, FlagType::kStrings},
    truth("append-hash"),
};
constexpr Flag kCreateSecretGenericOwn[] = {
    {"from-literal", 0, FlagType::kArray},
    {"from-file", 0, FlagType::kStrings},
    truth("append-hash"),
    {"type"},
};
constexpr Flag kCreateDeploymentOwn[] = {
    {"image", 0, FlagType::kStrings},
    {"port", 0, FlagType::kInt, "-1"},
    {"replicas", 'r', FlagType::kInt, "1"},
};
constexpr Flag kCreateServiceClusteripOwn[] = {
    {"tcp", 0, FlagType::kStrings},
    {"clusterip"},
    {"node-port", 0, FlagType::kInt, "0"},
    {"external-name"},
};
constexpr Flag kCreateJobOwn[] = {
    {"image"},
    {"from"},
};
constexpr Flag kCreateCronjobOwn[] = {
    {"image"},
    {"schedule"},
    {"restart"},
};
constexpr Flag kRunOwn[] = {
    {"image"},
    {"port", 0, FlagType::kInt, "0"},
    {"env", 0, FlagType::kArray},
    {"labels", 'l'},
    {"annotations", 0, FlagType::kArray},
    truth("command"),
    {"restart", 0, FlagType::kString, "Always"},
    {"image-pull-policy"},
    truth("stdin", 'i'),
    truth("tty", 't'),
    truth("rm"),
    truth("attach"),
    truth("quiet", 'q'),
    truth("privileged"),
};
constexpr Flag kExposeOwn[] = {
    {"port"},
    {"target-port"},
    {"name"},
    {"type"},
    {"selector"},
    {"labels", 'l'},
    {"protocol"},
    {"cluster-ip"},
    {"external-ip"},
    {"load-balancer-ip"},
    {"session-affinity"},
};
constexpr Flag kAutoscaleOwn[] = {
    {"max", 0, FlagType::kInt, "-1"},
    {"min", 0, FlagType::kInt, "-1"},
    {"cpu-percent", 0, FlagType::kInt, "-1"},
    {"name"},
};
constexpr Flag kDeleteOwn[] = {
    truth("wait", 0, "true"),
    {"grace-period", 0, FlagType::kInt, "-1"},
    truth("force"),
    truth("now"),
    {"timeout", 0, FlagType::kDuration, "0s"},
    {"cascade", 0, FlagType::kString, "background", "background"},
    truth("ignore-not-found"),
    {"output", 'o'},
    {"raw"},
    truth("interactive", 'i'),
};
constexpr Flag kScaleOwn[] = {
    {"replicas", 0, FlagType::kInt, "0"},
    {"current-replicas", 0, FlagType::kInt, "-1"},
    {"resource-version"},
    {"timeout", 0, FlagType::kDuration, "0s"},
};
constexpr Flag kRolloutStatusOwn[] = {
    truth("watch", 'w', "true"),
    {"revision", 0, FlagType::kInt, "0"},
    {"timeout", 0, FlagType::kDuration, "0s"},
};
constexpr Flag kRolloutHistoryOwn[] = {
    {"revision", 0, FlagType::kInt, "0"},
};
constexpr Flag kRolloutUndoOwn[] = {
    {"to-revision", 0, FlagType::kInt, "0"},
};
constexpr Flag kLogsOwn[] = {
    truth("follow", 'f'),
    truth("previous", 'p'),
    {"container", 'c'},
    {"tail", 0, FlagType::kInt, "-1"},
    {"since", 0, FlagType::kDuration, "0s"},
    {"since-time"},
    truth("timestamps"),
    truth("all-containers"),
    truth("all-pods"),
    truth("prefix"),
    {"limit-bytes", 0, FlagType::kInt, "0"},
    {"max-log-requests", 0, FlagType::kInt, "5"},
    truth("ignore-errors"),
    {"pod-running-timeout", 0, FlagType::kDuration, "20s"},
};
constexpr Flag kExecOwn[] = {
    {"container", 'c'},
    truth("stdin", 'i'),
    truth("tty", 't'),
    truth("quiet", 'q'),
    {"pod-running-timeout", 0, FlagType::kDuration, "1m0s"},
};
constexpr Flag kTopNodeOwn[] = {
    truth("no-headers"),
    {"sort-by"},
    truth("show-capacity"),
    truth("use-protocol-buffers", 0, "true"),
};
constexpr Flag kTopPodOwn[] = {
    truth("containers"),
    truth("no-headers"),
    {"sort-by"},
    truth("sum"),
    truth("use-protocol-buffers", 0, "true"),
};
constexpr Flag kDrainOwn[] = {
    truth("ignore-daemonsets"),
    truth("delete-emptydir-data"),
    truth("force"),
    {"grace-period", 0, FlagType::kInt, "-1"},
    {"timeout", 0, FlagType::kDuration, "0s"},
    truth("disable-eviction"),
    {"pod-selector"},
    {"skip-wait-for-delete-timeout", 0, FlagType::kInt, "0"},
};
constexpr Flag kTaintOwn[] = {
    truth("overwrite"),
};
constexpr Flag kLabelOwn[] = {
    truth("overwrite"),
    truth("list"),
    truth("local"),
    {"resource-version"},
};
constexpr Flag kExplainOwn[] = {
    truth("recursive"),
    {"api-version"},
    {"output", 'o', FlagType::kString, "plaintext"},
};
constexpr Flag kApiResourcesOwn[] = {
    {"output", 'o'},
    truth("namespaced", 0, "true"),
    {"api-group"},
    {"verbs", 0, FlagType::kStrings},
    {"categories", 0, FlagType::kStrings},
    truth("no-headers"),
    {"sort-by"},
    truth("cached"),
};
constexpr Flag kVersionOwn[] = {
    truth("client"),
    {"output", 'o'},
};
constexpr Flag kEventsOwn[] = {
    {"for"},
    truth("watch", 'w'),
    {"types", 0, FlagType::kStrings},
    truth("no-headers"),
};
constexpr Flag kPatchOwn[] = {
    {"patch", 'p'},  {"patch-file"}, {"type", 0, FlagType::kString, "strategic"},
    {"subresource"}, truth("local"),
};
constexpr Flag kSetImageOwn[] = {
    truth("local"),
};
constexpr Flag kWaitOwn[] = {
    {"for"},
    {"timeout", 0, FlagType::kDuration, "30s"},
    truth("local"),
};

constexpr FlagTable kGet[] = {kGetOwn,      kOutputFlags, kFilesFlags, kSelectorFlags,
                              kSpacesFlags, kFieldsFlags, kChunksFlags};
constexpr FlagTable kDescribe[] = {kDescribeOwn, kFilesFlags, kSelectorFlags, kSpacesFlags,
                                   kChunksFlags};
constexpr FlagTable kApply[] = {kApplyOwn,    kFilesFlags,   kSelectorFlags, kOutputFlags,
                                kDryRunFlags, kManagerFlags, kValidateFlags, kAllFlags};
constexpr FlagTable kCreate[] = {kCreateOwn,   kFilesFlags,   kSelectorFlags, kOutputFlags,
                                 kDryRunFlags, kManagerFlags, kValidateFlags, kSaveFlags};
constexpr FlagTable kCreateNamespace[] = {kOutputFlags, kDryRunFlags, kManagerFlags, kValidateFlags,
                                          kSaveFlags};
constexpr FlagTable kCreateConfigmap[] = {kCreateConfigmapOwn, kOutputFlags,   kDryRunFlags,
                                          kManagerFlags,       kValidateFlags, kSaveFlags};
constexpr FlagTable kCreateSecretGeneric[] = {kCreateSecretGenericOwn, kOutputFlags,   kDryRunFlags,
                                              kManagerFlags,           kValidateFlags, kSaveFlags};
constexpr FlagTable kCreateDeployment[] = {kCreateDeploymentOwn, kOutputFlags,   kDryRunFlags,
                                           kManagerFlags,        kValidateFlags, kSaveFlags};
constexpr FlagTable kCreateServiceClusterip[] = {kCreateServiceClusteripOwn,
                                                 kOutputFlags,
                                                 kDryRunFlags,
                                                 kManagerFlags,
                                                 kValidateFlags,
                                                 kSaveFlags};
constexpr FlagTable kCreateJob[] = {kCreateJobOwn, kOutputFlags,   kDryRunFlags,
                                    kManagerFlags, kValidateFlags, kSaveFlags};
constexpr FlagTable kCreateCronjob[] = {kCreateCronjobOwn, kOutputFlags,   kDryRunFlags,
                                        kManagerFlags,     kValidateFlags, kSaveFlags};
constexpr FlagTable kRun[] = {kRunOwn,       kOutputFlags,   kDryRunFlags,
                              kManagerFlags, kValidateFlags, kSaveFlags};
constexpr FlagTable kExpose[] = {kExposeOwn, kFilesFlags, kOutputFlags, kDryRunFlags,
                                 kManagerFlags};
constexpr FlagTable kAutoscale[] = {kAutoscaleOwn, kFilesFlags, kOutputFlags, kDryRunFlags,
                                    kManagerFlags};
constexpr FlagTable kDelete[] = {kDeleteOwn,   kFilesFlags, kSelectorFlags, kSpacesFlags,
                                 kFieldsFlags, kAllFlags,   kDryRunFlags};
constexpr FlagTable kScale[] = {kScaleOwn,    kFilesFlags,   kSelectorFlags, kOutputFlags,
                                kDryRunFlags, kManagerFlags, kAllFlags};
constexpr FlagTable kRolloutStatus[] = {kRolloutStatusOwn, kFilesFlags, kSelectorFlags};
constexpr FlagTable kRolloutHistory[] = {kRolloutHistoryOwn, kFilesFlags, kSelectorFlags,
                                         kOutputFlags};
constexpr FlagTable kRolloutUndo[] = {kRolloutUndoOwn, kFilesFlags, kSelectorFlags, kOutputFlags,
                                      kDryRunFlags};
constexpr FlagTable kRolloutRestart[] = {kFilesFlags, kSelectorFlags, kOutputFlags, kManagerFlags};
constexpr FlagTable kLogs[] = {kLogsOwn, kSelectorFlags};
constexpr FlagTable kExec[] = {kExecOwn, kFilesFlags};
constexpr FlagTable kTopNode[] = {kTopNodeOwn, kSelectorFlags};
constexpr FlagTable kTopPod[] = {kTopPodOwn, kSelectorFlags, kSpacesFlags, kFieldsFlags};
constexpr FlagTable kCordon[] = {kSelectorFlags, kDryRunFlags};
constexpr FlagTable kDrain[] = {kDrainOwn, kSelectorFlags, kDryRunFlags, kChunksFlags};
constexpr FlagTable kTaint[] = {kTaintOwn,     kSelectorFlags, kOutputFlags, kDryRunFlags,
                                kManagerFlags, kValidateFlags, kAllFlags};
constexpr FlagTable kLabel[] = {kLabelOwn,    kFilesFlags,  kSelectorFlags,
                                kOutputFlags, kDryRunFlags, kManagerFlags,
                                kSpacesFlags, kFieldsFlags, kAllFlags};
constexpr FlagTable kExplain[] = {kExplainOwn};
constexpr FlagTable kApiResources[] = {kApiResourcesOwn};
constexpr FlagTable kVersion[] = {kVersionOwn};
constexpr FlagTable kEvents[] = {kEventsOwn, kOutputFlags, kSpacesFlags, kChunksFlags};
constexpr FlagTable kPatch[] = {kPatchOwn, kFilesFlags, kOutputFlags, kDryRunFlags, kManagerFlags};
constexpr FlagTable kSetImage[] = {kSetImageOwn, kFilesFlags,   kSelectorFlags, kOutputFlags,
                                   kDryRunFlags, kManagerFlags, kAllFlags};
constexpr FlagTable kWait[] = {kWaitOwn,     kFilesFlags,  kSelectorFlags, kSpacesFlags,
                               kOutputFlags, kFieldsFlags, kAllFlags};

// The words of a command, other names of its last one, its flags, those it cannot do without.
constexpr Command kCommands[] = {
    {"get", "", kGet, run_get, ""},
    {"describe", "", kDescribe, run_describe, ""},
    {"apply", "", kApply, run_apply, ""},
    {"create", "", kCreate, run_create, ""},
    {"create namespace", "ns", kCreateNamespace, run_create_namespace, ""},
    {"create configmap", "cm", kCreateConfigmap, run_create_config_map, ""},
    {"create secret generic", "", kCreateSecretGeneric, run_create_secret, ""},
    {"create serviceaccount", "sa", kCreateNamespace, run_create_service_account, ""},
    {"create deployment", "deploy", kCreateDeployment, run_create_deployment, "image"},
    {"create service clusterip", "", kCreateServiceClusterip, run_create_service, ""},
    {"create service nodeport", "", kCreateServiceClusterip, run_create_service, ""},
    {"create service loadbalancer", "", kCreateServiceClusterip, run_create_service, ""},
    {"create service externalname", "", kCreateServiceClusterip, run_create_service,
     "external-name"},
    {"create job", "", kCreateJob, run_create_job, ""},
    {"create cronjob", "cj", kCreateCronjob, run_create_cron_job, "image,schedule"},
    {"run", "", kRun, run_run, "image"},
    {"expose", "", kExpose, run_expose, ""},
    {"autoscale", "", kAutoscale, run_autoscale, "max"},
    {"delete", "", kDelete, run_delete, ""},
    {"scale", "", kScale, run_scale, "replicas"},
    {"rollout status", "", kRolloutStatus, run_rollout_status, ""},
    {"rollout history", "", kRolloutHistory, run_rollout_history, ""},
    {"rollout undo", "", kRolloutUndo, run_rollout_undo, ""},
    {"rollout restart", "", kRolloutRestart, run_rollout_restart, ""},
    {"rollout pause", "", kRolloutRestart, run_rollout_pause, ""},
    {"rollout resume", "", kRolloutRestart, run_rollout_resume, ""},
    {"logs", "", kLogs, run_logs, ""},
    {"exec", "", kExec, run_exec, ""},
    {"top node", "nodes,no", kTopNode, run_top_node, ""},
    {"top pod", "pods,po", kTopPod, run_top_pod, ""},
    {"cordon", "", kCordon, run_cordon, ""},
    {"uncordon", "", kCordon, run_uncordon, ""},
    {"drain", "", kDrain, run_drain, ""},
    {"taint", "", kTaint, run_taint, ""},
    {"label", "", kLabel, run_label, ""},
    {"annotate", "", kLabel, run_annotate, ""},
    {"explain", "", kExplain, run_explain, ""},
    {"api-resources", "", kApiResources, run_api_resources, ""},
    {"api-versions", "", {}, run_api_versions, ""},
    {"version", "", kVersion, run_version, ""},
    {"cluster-info", "", {}, run_cluster_info, ""},
    {"events", "", kEvents, run_events, ""},
    {"patch", "", kPatch, run_patch, ""},
    {"set image", "", kSetImage, run_set_image, ""},
    {"wait", "", kWait, run_wait, ""},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

std::span<const Flag> global_flags() {
  return kGlobal;
}

}  // namespace sim::k8s::kubectl
