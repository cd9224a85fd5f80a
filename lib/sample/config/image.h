/* image.h - the release of the collector that a deployment runs, by the tag of its image. */
#ifndef TKI_CONFIG_IMAGE_H
#define TKI_CONFIG_IMAGE_H

#include "sample/config/yaml.h"

struct tki_image {
    unsigned release; /* minor; 0: no tag tells one, or several tell different ones */
    tk_str tag;       /* of the first */
    struct tki_pos pos;
    bool several;
};

/* Looks for images of the collector at any depth: `image: REPOSITORY:TAG`, as Kubernetes and Compose write it, and
 * `image: {repository: REPOSITORY, tag: TAG}`, as in the values of a Helm chart, where the repository may be absent.
 * The image is zeroed before the first call, and calls add up. */
void tki_image_find(const struct tki_yaml_node *node, struct tki_image *image);

#endif
