/**
 * What is read of the answers of VPC's API, each kind by the name that it has in paths. Fields that nobody here reads are
 * let pass: IBM adds some at any time. Source: IBM's API reference of VPC, version 2026-10-06.
 */
import * as z from "zod";

const reference = z.object({ id: z.string(), name: z.string().optional() });
const zone = z.object({ name: z.string() });
const named = { id: z.string().min(1), name: z.string(), crn: z.string().min(1), created_at: z.string().optional() };
const reasons = z.array(z.object({ code: z.string(), message: z.string().optional() })).default([]);

export const SHAPES = {
  images: z.object({
    ...named,
    status: z.string(),
    status_reasons: reasons,
    visibility: z.string(),
    /** Not every image says one. */
    operating_system: z.object({ name: z.string(), architecture: z.string() }).optional(),
    file: z
      .object({ size: z.number().optional(), checksums: z.object({ sha256: z.string().optional() }).optional() })
      .optional(),
    zones: z.array(zone).default([]),
  }),
  instances: z.object({
    ...named,
    status: z.string(),
    status_reasons: reasons,
    zone,
    vcpu: z.object({ count: z.number() }).optional(),
    primary_network_attachment: z
      .object({
        virtual_network_interface: reference,
        primary_ip: z.object({ address: z.string() }).optional(),
      })
      .optional(),
    volume_attachments: z
      .array(
        z.object({
          id: z.string(),
          device: z.object({ id: z.string() }).optional(),
          volume: reference.optional(),
        }),
      )
      .default([]),
  }),
  floating_ips: z.object({ ...named, address: z.string(), status: z.string(), target: reference.optional(), zone }),
  security_groups: z.object({ ...named, vpc: reference }),
  keys: z.object({ ...named }),
  volumes: z.object({ ...named, status: z.string(), capacity: z.number() }),
  virtual_network_interfaces: z.object({ ...named, lifecycle_state: z.string().optional() }),
  vpcs: z.object({ ...named }),
  subnets: z.object({
    ...named,
    status: z.string(),
    vpc: reference,
    zone,
    available_ipv4_address_count: z.number(),
    public_gateway: reference.optional(),
  }),
} as const;

export type Kind = keyof typeof SHAPES;
export type Thing<K extends Kind = Kind> = z.output<(typeof SHAPES)[K]>;

/** What has no id of its own: asked for by name. */
export const NAMED = {
  regions: z.object({ name: z.string(), status: z.string() }),
  operating_systems: z.object({
    name: z.string(),
    architecture: z.string(),
    allow_user_image_creation: z.boolean().default(true),
    user_data_format: z.string().optional(),
    dedicated_host_only: z.boolean().default(false),
  }),
  "instance/profiles": z.object({
    name: z.string(),
    status: z.string().optional(),
    vcpu_architecture: z.object({ value: z.string().optional() }),
    /** None where the number can be chosen. */
    vcpu_count: z.object({ value: z.number().optional() }).optional(),
    zones: z.array(zone).default([]),
  }),
} as const;
export type NamedKind = keyof typeof NAMED;

export const zonesSchema = z.object({ zones: z.array(z.object({ name: z.string(), status: z.string() })) });
