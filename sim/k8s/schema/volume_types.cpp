// Volumes of pods, persistent volumes and claims.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Schema kAWSElasticBlockStoreVolumeSource =
    opaque(kCore, "AWSElasticBlockStoreVolumeSource");
constexpr Schema kAzureDiskVolumeSource = opaque(kCore, "AzureDiskVolumeSource");
constexpr Schema kAzureFileVolumeSource = opaque(kCore, "AzureFileVolumeSource");
constexpr Schema kCephFSVolumeSource = opaque(kCore, "CephFSVolumeSource");
constexpr Schema kCinderVolumeSource = opaque(kCore, "CinderVolumeSource");
constexpr Field kKeyToPathFields[] = {
    required({"key", &kText, "The key."}),
    pointer({"mode", &kInt32, "The file's permissions; the volume's default if none are given."}),
    required({"path", &kText, "The file's path, which is relative and has no `..` in it."}),
};
constexpr Schema kKeyToPath =
    object(kCore, "KeyToPath", "A key and the file that it becomes.", kKeyToPathFields);

constexpr Schema kKeyToPathList = list_of(kKeyToPath);
constexpr Field kConfigMapVolumeSourceFields[] = {
    pointer({"defaultMode", &kInt32, "The permissions of the files; 0644 by default."}),
    {"items", &kKeyToPathList, "The keys to take and the paths they get; all by default."},
    {"name", &kText, "The config map's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kConfigMapVolumeSource =
    object(kCore, "ConfigMapVolumeSource", "The keys of a config map as files.",
           kConfigMapVolumeSourceFields);

constexpr Field kCSIVolumeSourceFields[] = {
    required({"driver", &kText, "The driver's name."}),
    pointer({"fsType", &kText, "The file system to make on it."}),
    {"nodePublishSecretRef", &kLocalObjectReference, "A secret that the driver needs for it."},
    pointer({"readOnly", &kBool, "Whether it can only be read."}),
    {"volumeAttributes", &kTextMap, "Properties that the driver understands."},
};
constexpr Schema kCSIVolumeSource =
    object(kCore, "CSIVolumeSource", "A volume that a CSI driver makes for a pod.",
           kCSIVolumeSourceFields);

constexpr Field kDownwardAPIVolumeFileFields[] = {
    {"fieldRef", &kObjectFieldSelector, "The field of the pod, such as metadata.labels."},
    pointer({"mode", &kInt32, "The file's permissions; the volume's default if none are given."}),
    required({"path", &kText, "The file's path, which is relative and has no `..` in it."}),
    {"resourceFieldRef", &kResourceFieldSelector,
     "An amount that a container requests or is limited to."},
};
constexpr Schema kDownwardAPIVolumeFile =
    object(kCore, "DownwardAPIVolumeFile", "A file with a field of the pod.",
           kDownwardAPIVolumeFileFields);

constexpr Schema kDownwardAPIVolumeFileList = list_of(kDownwardAPIVolumeFile);
constexpr Field kDownwardAPIVolumeSourceFields[] = {
    pointer({"defaultMode", &kInt32, "The permissions of the files; 0644 by default."}),
    {"items", &kDownwardAPIVolumeFileList, "The files."},
};
constexpr Schema kDownwardAPIVolumeSource =
    object(kCore, "DownwardAPIVolumeSource", "Fields of the pod as files.",
           kDownwardAPIVolumeSourceFields);

constexpr Field kEmptyDirVolumeSourceFields[] = {
    {"medium", &kStorageMedium, "Empty for the node's disk, Memory for a file system in memory."},
    {"sizeLimit", &kQuantity, "How much it may hold; the pod is evicted beyond that."},
};
constexpr Schema kEmptyDirVolumeSource = object(
    kCore, "EmptyDirVolumeSource", "A directory that is empty at first and goes with the pod.",
    kEmptyDirVolumeSourceFields);

constexpr Field kTypedLocalObjectReferenceFields[] = {
    pointer({"apiGroup", &kText, "The object's group; empty for core."}),
    required({"kind", &kText, "The object's kind."}),
    required({"name", &kText, "The object's name."}),
};
constexpr Schema kTypedLocalObjectReference = atomic(
    object(kCore, "TypedLocalObjectReference", "Names an object of any kind in the same namespace.",
           kTypedLocalObjectReferenceFields));

constexpr Field kTypedObjectReferenceFields[] = {
    pointer({"apiGroup", &kText, "The object's group; empty for core."}),
    required({"kind", &kText, "The object's kind."}),
    required({"name", &kText, "The object's name."}),
    pointer({"namespace", &kText, "The object's namespace."}),
};
constexpr Schema kTypedObjectReference = object(
    kCore, "TypedObjectReference", "Names an object of any kind.", kTypedObjectReferenceFields);

constexpr Field kVolumeResourceRequirementsFields[] = {
    {"limits", &kResourceList, "The most that it may hold."},
    {"requests", &kResourceList, "The least that it must hold."},
};
constexpr Schema kVolumeResourceRequirements =
    object(kCore, "VolumeResourceRequirements", "How much a volume must and may hold.",
           kVolumeResourceRequirementsFields);

constexpr Schema kPersistentVolumeAccessModeList = list_of(kPersistentVolumeAccessMode);
constexpr Field kPersistentVolumeClaimSpecFields[] = {
    {"accessModes", &kPersistentVolumeAccessModeList, "How the volume must be mountable."},
    {"dataSource", &kTypedLocalObjectReference, "A snapshot or claim to copy from."},
    {"dataSourceRef", &kTypedObjectReference, "An object to fill the volume from."},
    {"resources", &kVolumeResourceRequirements, "How much the volume must hold."},
    {"selector", &kLabelSelector, "Labels that the volume must have."},
    pointer({"storageClassName", &kText,
             "The storage class to take; the default one if the field is missing."}),
    pointer({"volumeAttributesClassName", &kText, "The volume attributes class to apply."}),
    pointer({"volumeMode", &kPersistentVolumeMode, "Filesystem or Block."}),
    {"volumeName", &kText, "The volume that the claim is bound to."},
};
constexpr Schema kPersistentVolumeClaimSpec = object(
    kCore, "PersistentVolumeClaimSpec", "What a claim asks for.", kPersistentVolumeClaimSpecFields);

constexpr Field kPersistentVolumeClaimTemplateFields[] = {
    {"metadata", &kObjectMeta, "Labels and annotations of the claim."},
    required({"spec", &kPersistentVolumeClaimSpec, "The state that is wanted of the claim."}),
};
constexpr Schema kPersistentVolumeClaimTemplate =
    object(kCore, "PersistentVolumeClaimTemplate", "What a claim made for a pod looks like.",
           kPersistentVolumeClaimTemplateFields);

constexpr Field kEphemeralVolumeSourceFields[] = {
    {"volumeClaimTemplate", &kPersistentVolumeClaimTemplate,
     "What the claim looks like; it is named after pod and volume."},
};
constexpr Schema kEphemeralVolumeSource = object(
    kCore, "EphemeralVolumeSource", "A claim made for one pod.", kEphemeralVolumeSourceFields);

constexpr Schema kFCVolumeSource = opaque(kCore, "FCVolumeSource");
constexpr Schema kFlexVolumeSource = opaque(kCore, "FlexVolumeSource");
constexpr Schema kFlockerVolumeSource = opaque(kCore, "FlockerVolumeSource");
constexpr Schema kGCEPersistentDiskVolumeSource = opaque(kCore, "GCEPersistentDiskVolumeSource");
constexpr Schema kGitRepoVolumeSource = opaque(kCore, "GitRepoVolumeSource");
constexpr Schema kGlusterfsVolumeSource = opaque(kCore, "GlusterfsVolumeSource");
constexpr Field kHostPathVolumeSourceFields[] = {
    required({"path", &kText, "The path on the node."}),
    pointer({"type", &kHostPathType,
             "What must be there, such as Directory or FileOrCreate; empty checks nothing."}),
};
constexpr Schema kHostPathVolumeSource = object(
    kCore, "HostPathVolumeSource", "A file or directory of the node.", kHostPathVolumeSourceFields);

constexpr Field kImageVolumeSourceFields[] = {
    {"pullPolicy", &kPullPolicy, "When to pull it: Always, Never or IfNotPresent."},
    {"reference", &kText, "The image."},
};
constexpr Schema kImageVolumeSource =
    object(kCore, "ImageVolumeSource", "The files of a container image.", kImageVolumeSourceFields);

constexpr Schema kISCSIVolumeSource = opaque(kCore, "ISCSIVolumeSource");
constexpr Field kNFSVolumeSourceFields[] = {
    required({"path", &kText, "The exported path."}),
    {"readOnly", &kBool, "Whether it can only be read."},
    required({"server", &kText, "The server's name or address."}),
};
constexpr Schema kNFSVolumeSource =
    object(kCore, "NFSVolumeSource", "A directory of an NFS server.", kNFSVolumeSourceFields);

constexpr Field kPersistentVolumeClaimVolumeSourceFields[] = {
    required({"claimName", &kText, "The claim's name."}),
    {"readOnly", &kBool, "Whether all mounts can only read it."},
};
constexpr Schema kPersistentVolumeClaimVolumeSource =
    object(kCore, "PersistentVolumeClaimVolumeSource", "Refers to a claim in the pod's namespace.",
           kPersistentVolumeClaimVolumeSourceFields);

constexpr Schema kPhotonPersistentDiskVolumeSource =
    opaque(kCore, "PhotonPersistentDiskVolumeSource");
constexpr Schema kPortworxVolumeSource = opaque(kCore, "PortworxVolumeSource");
constexpr Field kClusterTrustBundleProjectionFields[] = {
    {"labelSelector", &kLabelSelector, "Selects bundles of the signer."},
    pointer({"name", &kText, "A single bundle to take."}),
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
    required({"path", &kText, "The file's path."}),
    pointer({"signerName", &kText, "Takes all bundles of this signer."}),
};
constexpr Schema kClusterTrustBundleProjection =
    object(kCore, "ClusterTrustBundleProjection", "Trust anchors within a projected volume.",
           kClusterTrustBundleProjectionFields);

constexpr Field kConfigMapProjectionFields[] = {
    {"items", &kKeyToPathList, "The keys to take and the paths they get; all by default."},
    {"name", &kText, "The config map's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kConfigMapProjection =
    object(kCore, "ConfigMapProjection", "Keys of a config map within a projected volume.",
           kConfigMapProjectionFields);

constexpr Field kDownwardAPIProjectionFields[] = {
    {"items", &kDownwardAPIVolumeFileList, "The files."},
};
constexpr Schema kDownwardAPIProjection =
    object(kCore, "DownwardAPIProjection", "Fields of the pod within a projected volume.",
           kDownwardAPIProjectionFields);

constexpr Field kSecretProjectionFields[] = {
    {"items", &kKeyToPathList, "The keys to take and the paths they get; all by default."},
    {"name", &kText, "The secret's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kSecretProjection =
    object(kCore, "SecretProjection", "Keys of a secret within a projected volume.",
           kSecretProjectionFields);

constexpr Field kServiceAccountTokenProjectionFields[] = {
    {"audience", &kText, "Whom the token is meant for; the API server by default."},
    pointer({"expirationSeconds", &kInt64,
             "For how many seconds it is valid; 3600 by default, 600 at least."}),
    required({"path", &kText, "The file's path."}),
};
constexpr Schema kServiceAccountTokenProjection =
    object(kCore, "ServiceAccountTokenProjection",
           "A token within a projected volume, which is renewed before it expires.",
           kServiceAccountTokenProjectionFields);

constexpr Field kVolumeProjectionFields[] = {
    {"clusterTrustBundle", &kClusterTrustBundleProjection,
     "Trust anchors of a cluster trust bundle."},
    {"configMap", &kConfigMapProjection, "Keys of a config map."},
    {"downwardAPI", &kDownwardAPIProjection, "Fields of the pod."},
    {"secret", &kSecretProjection, "Keys of a secret."},
    {"serviceAccountToken", &kServiceAccountTokenProjection,
     "A token of the pod's service account."},
};
constexpr Schema kVolumeProjection =
    object(kCore, "VolumeProjection", "One source of a projected volume.", kVolumeProjectionFields);

constexpr Schema kVolumeProjectionList = list_of(kVolumeProjection);
constexpr Field kProjectedVolumeSourceFields[] = {
    pointer({"defaultMode", &kInt32, "The permissions of the files; 0644 by default."}),
    pointer({"sources", &kVolumeProjectionList, "The sources."}),
};
constexpr Schema kProjectedVolumeSource =
    object(kCore, "ProjectedVolumeSource", "Several sources in one directory.",
           kProjectedVolumeSourceFields);

constexpr Schema kQuobyteVolumeSource = opaque(kCore, "QuobyteVolumeSource");
constexpr Schema kRBDVolumeSource = opaque(kCore, "RBDVolumeSource");
constexpr Schema kScaleIOVolumeSource = opaque(kCore, "ScaleIOVolumeSource");
constexpr Field kSecretVolumeSourceFields[] = {
    pointer({"defaultMode", &kInt32, "The permissions of the files; 0644 by default."}),
    {"items", &kKeyToPathList, "The keys to take and the paths they get; all by default."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
    {"secretName", &kText, "The secret's name."},
};
constexpr Schema kSecretVolumeSource = object(
    kCore, "SecretVolumeSource", "The keys of a secret as files.", kSecretVolumeSourceFields);

constexpr Schema kStorageOSVolumeSource = opaque(kCore, "StorageOSVolumeSource");
constexpr Schema kVsphereVirtualDiskVolumeSource = opaque(kCore, "VsphereVirtualDiskVolumeSource");
constexpr Field kVolumeFields[] = {
    {"awsElasticBlockStore", &kAWSElasticBlockStoreVolumeSource, "A disk of AWS. Deprecated."},
    {"azureDisk", &kAzureDiskVolumeSource, "A disk of Azure. Deprecated."},
    {"azureFile", &kAzureFileVolumeSource, "A file share of Azure. Deprecated."},
    {"cephfs", &kCephFSVolumeSource, "A CephFS mount. Deprecated."},
    {"cinder", &kCinderVolumeSource, "A volume of OpenStack. Deprecated."},
    {"configMap", &kConfigMapVolumeSource, "The keys of a config map, as files."},
    {"csi", &kCSIVolumeSource, "A volume that a CSI driver makes for the pod."},
    {"downwardAPI", &kDownwardAPIVolumeSource, "Fields of the pod, as files."},
    {"emptyDir", &kEmptyDirVolumeSource, "A directory that lives as long as the pod does."},
    {"ephemeral", &kEphemeralVolumeSource, "A claim that is made with the pod and goes with it."},
    {"fc", &kFCVolumeSource, "A Fibre Channel disk."},
    {"flexVolume", &kFlexVolumeSource, "A volume of an exec-based plugin. Deprecated."},
    {"flocker", &kFlockerVolumeSource, "A Flocker volume. Deprecated."},
    {"gcePersistentDisk", &kGCEPersistentDiskVolumeSource, "A disk of Google Cloud. Deprecated."},
    {"gitRepo", &kGitRepoVolumeSource, "A git repository. Deprecated."},
    {"glusterfs", &kGlusterfsVolumeSource, "A Glusterfs mount. Deprecated."},
    {"hostPath", &kHostPathVolumeSource, "A file or directory of the node."},
    {"image", &kImageVolumeSource, "The files of a container image, which can only be read."},
    {"iscsi", &kISCSIVolumeSource, "An iSCSI disk."},
    required({"name", &kText, "The volume's name, a DNS label that is unique in the pod."}),
    {"nfs", &kNFSVolumeSource, "A directory of an NFS server."},
    {"persistentVolumeClaim", &kPersistentVolumeClaimVolumeSource,
     "A claim in the pod's namespace."},
    {"photonPersistentDisk", &kPhotonPersistentDiskVolumeSource,
     "A disk of the Photon controller. Deprecated."},
    {"portworxVolume", &kPortworxVolumeSource, "A Portworx volume. Deprecated."},
    {"projected", &kProjectedVolumeSource, "Several sources in one directory."},
    {"quobyte", &kQuobyteVolumeSource, "A Quobyte mount. Deprecated."},
    {"rbd", &kRBDVolumeSource, "A Rados block device. Deprecated."},
    {"scaleIO", &kScaleIOVolumeSource, "A ScaleIO volume. Deprecated."},
    {"secret", &kSecretVolumeSource, "The keys of a secret, as files."},
    {"storageos", &kStorageOSVolumeSource, "A StorageOS volume. Deprecated."},
    {"vsphereVolume", &kVsphereVirtualDiskVolumeSource, "A disk of vSphere. Deprecated."},
};
constexpr Schema kVolume = object(
    kCore, "Volume", "A named volume of a pod, and where its content comes from.", kVolumeFields);

constexpr Schema kAzureFilePersistentVolumeSource =
    opaque(kCore, "AzureFilePersistentVolumeSource");
constexpr Schema kCephFSPersistentVolumeSource = opaque(kCore, "CephFSPersistentVolumeSource");
constexpr Schema kCinderPersistentVolumeSource = opaque(kCore, "CinderPersistentVolumeSource");
constexpr Field kSecretReferenceFields[] = {
    {"name", &kText, "The secret's name."},
    {"namespace", &kText, "The secret's namespace."},
};
constexpr Schema kSecretReference = atomic(
    object(kCore, "SecretReference", "Names a secret in any namespace.", kSecretReferenceFields));

constexpr Field kCSIPersistentVolumeSourceFields[] = {
    {"controllerExpandSecretRef", &kSecretReference, "A secret for growing it, at the controller."},
    {"controllerPublishSecretRef", &kSecretReference, "A secret for attaching it."},
    required({"driver", &kText, "The driver's name."}),
    {"fsType", &kText, "The file system to make on it."},
    {"nodeExpandSecretRef", &kSecretReference, "A secret for growing it, at the node."},
    {"nodePublishSecretRef", &kSecretReference, "A secret for mounting it into a pod."},
    {"nodeStageSecretRef", &kSecretReference, "A secret for mounting it on the node."},
    {"readOnly", &kBool, "Whether it can only be read."},
    {"volumeAttributes", &kTextMap, "Properties that the driver understands."},
    required({"volumeHandle", &kText, "The driver's name for it."}),
};
constexpr Schema kCSIPersistentVolumeSource =
    object(kCore, "CSIPersistentVolumeSource", "A persistent volume of a CSI driver.",
           kCSIPersistentVolumeSourceFields);

constexpr Schema kFlexPersistentVolumeSource = opaque(kCore, "FlexPersistentVolumeSource");
constexpr Schema kGlusterfsPersistentVolumeSource =
    opaque(kCore, "GlusterfsPersistentVolumeSource");
constexpr Schema kISCSIPersistentVolumeSource = opaque(kCore, "ISCSIPersistentVolumeSource");
constexpr Field kLocalVolumeSourceFields[] = {
    pointer({"fsType", &kText, "The file system to make on a disk."}),
    required({"path", &kText, "The path on the node."}),
};
constexpr Schema kLocalVolumeSource = object(
    kCore, "LocalVolumeSource", "A disk or directory of one node.", kLocalVolumeSourceFields);

constexpr Field kVolumeNodeAffinityFields[] = {
    {"required", &kNodeSelector, "What must hold of a node."},
};
constexpr Schema kVolumeNodeAffinity =
    object(kCore, "VolumeNodeAffinity", "The nodes that a volume can be reached from.",
           kVolumeNodeAffinityFields);

constexpr Schema kRBDPersistentVolumeSource = opaque(kCore, "RBDPersistentVolumeSource");
constexpr Schema kScaleIOPersistentVolumeSource = opaque(kCore, "ScaleIOPersistentVolumeSource");
constexpr Schema kStorageOSPersistentVolumeSource =
    opaque(kCore, "StorageOSPersistentVolumeSource");
constexpr Field kPersistentVolumeSpecFields[] = {
    {"accessModes", &kPersistentVolumeAccessModeList,
     "How it can be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod."},
    {"awsElasticBlockStore", &kAWSElasticBlockStoreVolumeSource, "A disk of AWS. Deprecated."},
    {"azureDisk", &kAzureDiskVolumeSource, "A disk of Azure. Deprecated."},
    {"azureFile", &kAzureFilePersistentVolumeSource, "A file share of Azure. Deprecated."},
    {"capacity", &kResourceList, "How much it holds."},
    {"cephfs", &kCephFSPersistentVolumeSource, "A CephFS mount. Deprecated."},
    {"cinder", &kCinderPersistentVolumeSource, "A volume of OpenStack. Deprecated."},
    {"claimRef", &kObjectReference, "The claim that it is bound to."},
    {"csi", &kCSIPersistentVolumeSource, "A volume of a CSI driver."},
    {"fc", &kFCVolumeSource, "A Fibre Channel disk."},
    {"flexVolume", &kFlexPersistentVolumeSource, "A volume of an exec-based plugin. Deprecated."},
    {"flocker", &kFlockerVolumeSource, "A Flocker volume. Deprecated."},
    {"gcePersistentDisk", &kGCEPersistentDiskVolumeSource, "A disk of Google Cloud. Deprecated."},
    {"glusterfs", &kGlusterfsPersistentVolumeSource, "A Glusterfs mount. Deprecated."},
    {"hostPath", &kHostPathVolumeSource, "A directory of the node, for trials with a single node."},
    {"iscsi", &kISCSIPersistentVolumeSource, "An iSCSI disk."},
    {"local", &kLocalVolumeSource, "A disk or directory of one node."},
    {"mountOptions", &kTextList, "Options to mount it with."},
    {"nfs", &kNFSVolumeSource, "A directory of an NFS server."},
    {"nodeAffinity", &kVolumeNodeAffinity, "The nodes that it can be reached from."},
    {"persistentVolumeReclaimPolicy", &kPersistentVolumeReclaimPolicy,
     "What becomes of it once its claim is gone: Retain, Delete or Recycle."},
    {"photonPersistentDisk", &kPhotonPersistentDiskVolumeSource,
     "A disk of the Photon controller. Deprecated."},
    {"portworxVolume", &kPortworxVolumeSource, "A Portworx volume. Deprecated."},
    {"quobyte", &kQuobyteVolumeSource, "A Quobyte mount. Deprecated."},
    {"rbd", &kRBDPersistentVolumeSource, "A Rados block device. Deprecated."},
    {"scaleIO", &kScaleIOPersistentVolumeSource, "A ScaleIO volume. Deprecated."},
    {"storageClassName", &kText, "The storage class it belongs to; empty for none."},
    {"storageos", &kStorageOSPersistentVolumeSource, "A StorageOS volume. Deprecated."},
    pointer({"volumeAttributesClassName", &kText, "The volume attributes class it has."}),
    pointer({"volumeMode", &kPersistentVolumeMode, "Filesystem or Block."}),
    {"vsphereVolume", &kVsphereVirtualDiskVolumeSource, "A disk of vSphere. Deprecated."},
};
constexpr Schema kPersistentVolumeSpec =
    object(kCore, "PersistentVolumeSpec", "What a persistent volume is and how it may be used.",
           kPersistentVolumeSpecFields);

constexpr Field kPersistentVolumeStatusFields[] = {
    {"lastPhaseTransitionTime", &kTime, "When the phase last changed."},
    {"message", &kText, "An explanation for people."},
    {"phase", &kPersistentVolumePhase, "Pending, Available, Bound, Released or Failed."},
    {"reason", &kText, "A word for programs that says what failed."},
};
constexpr Schema kPersistentVolumeStatus =
    object(kCore, "PersistentVolumeStatus", "What is known of a persistent volume.",
           kPersistentVolumeStatusFields);

constexpr Field kPersistentVolumeFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kPersistentVolumeSpec, "The state that is wanted."},
    {"status", &kPersistentVolumeStatus,
     "The state that was observed last. Written by the system."},
};
constexpr Schema kPersistentVolume = object(
    kCore, "PersistentVolume", "A piece of storage of the cluster.", kPersistentVolumeFields);

constexpr Field kPersistentVolumeClaimConditionFields[] = {
    {"lastProbeTime", &kTime, "When the condition was last checked."},
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kPersistentVolumeClaimConditionType,
              "Such as Resizing or FileSystemResizePending."}),
};
constexpr Schema kPersistentVolumeClaimCondition =
    object(kCore, "PersistentVolumeClaimCondition", "One aspect of a claim's state.",
           kPersistentVolumeClaimConditionFields);

constexpr Field kModifyVolumeStatusFields[] = {
    required({"status", &kPersistentVolumeClaimModifyVolumeStatus,
              "Pending, InProgress or Infeasible."}),
    {"targetVolumeAttributesClassName", &kText, "The class that is being changed to."},
};
constexpr Schema kModifyVolumeStatus =
    object(kCore, "ModifyVolumeStatus", "How far a change of the volume attributes class has come.",
           kModifyVolumeStatusFields);

constexpr Schema kClaimResourceStatusMap = map_of(kClaimResourceStatus);
constexpr Schema kPersistentVolumeClaimConditionList = list_of(kPersistentVolumeClaimCondition);
constexpr Field kPersistentVolumeClaimStatusFields[] = {
    {"accessModes", &kPersistentVolumeAccessModeList, "How the volume can be mounted."},
    {"allocatedResourceStatuses", &kClaimResourceStatusMap,
     "How far growing has come, by resource."},
    {"allocatedResources", &kResourceList, "What was set aside while growing."},
    {"capacity", &kResourceList, "How much the volume holds."},
    merge_by("type", {"conditions", &kPersistentVolumeClaimConditionList,
                      "Aspects of the current state, one item for each type."}),
    pointer({"currentVolumeAttributesClassName", &kText, "The volume attributes class in force."}),
    {"modifyVolumeStatus", &kModifyVolumeStatus, "How far a change of that class has come."},
    {"phase", &kPersistentVolumeClaimPhase, "Pending, Bound or Lost."},
};
constexpr Schema kPersistentVolumeClaimStatus =
    object(kCore, "PersistentVolumeClaimStatus", "What is known of a claim.",
           kPersistentVolumeClaimStatusFields);

constexpr Field kPersistentVolumeClaimFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kPersistentVolumeClaimSpec, "The state that is wanted."},
    {"status", &kPersistentVolumeClaimStatus,
     "The state that was observed last. Written by the system."},
};
constexpr Schema kPersistentVolumeClaim =
    object(kCore, "PersistentVolumeClaim", "Asks for a persistent volume, and holds it once bound.",
           kPersistentVolumeClaimFields);

constexpr Schema kNodeConfigSource = opaque(kCore, "NodeConfigSource");
constexpr Schema kNodeConfigStatus = opaque(kCore, "NodeConfigStatus");
}  // namespace sim::k8s::types
