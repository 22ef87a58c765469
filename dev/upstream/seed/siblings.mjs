const image = (architecture) => ({ images: { main: { architectures: [architecture] } } });
const both = (architecture) => [
  { semver: '1.0.0', ...image(architecture) },
  { semver: '1.1.0', ...image(architecture) },
];

// One block, published once for each architecture: there is no `acme/sensor`. The image for
// the Raspberry Pi does not say which variant of ARM it is for, and its application is private.
export const siblings = [
  { slug: 'acme/sensor-amd64', releases: both('amd64') },
  { slug: 'acme/sensor-aarch64', releases: both('arm64') },
  { slug: 'acme/sensor-armv7hf', releases: both('arm/v7').slice(0, 1) },
  { slug: 'acme/sensor-rpi', isPublic: false, releases: both('arm') },
  { slug: 'acme/sensor-tools', releases: both('amd64') },
];
