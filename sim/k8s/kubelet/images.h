// sim/k8s/kubelet/images.h: getting the image of a container.
//
// Concept: what the policy says; a pull that fails is tried again after 10 s, and twice as long
// each time up to 300 s. In between the container waits with ImagePullBackOff. Source: the
// kubelet's package images (imageManager). Not modelled: credentials, limits of parallel pulls.

#pragma once

#include <string>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/containers.h"

namespace sim::k8s::kubelet {

struct ImageResult {
  engine::Ref<container::Image> image;  // null: why not, and when to try again
  std::string reason;
  std::string message;
  engine::Instant retry_at = engine::kEndOfTime;
};
/// Suspends while it pulls, at most until the pod must end.
engine::Task<ImageResult> ensure_image(engine::Ref<Kubelet> kubelet, engine::Ref<PodWorker> worker,
                                       ContainerSpec what);

}  // namespace sim::k8s::kubelet
