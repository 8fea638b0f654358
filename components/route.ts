import * as pulumi from "@pulumi/pulumi";
import { placeInProgram, refuse, unknownOutput } from "./refusal";

/**
 * A way from a gateway to the containers of one application, as an `App` takes it. It is plain data, so a stack can export it
 * and another stack's App can join through a StackReference.
 */
export interface Route {
  /** Name of the gateway's network on the daemon. */
  readonly network: string;
  /** Name under which the gateway finds the containers there. */
  readonly alias: string;
  /** Name of the gateway's container on the daemon. */
  readonly gateway: string;
  /** Name of the backend in the proxy. */
  readonly backend: string;
  /** Port that the application listens on. */
  readonly port: number;
  /** Path that tells whether a container is well. */
  readonly health?: string;
  /** Longest time for draining, in seconds. */
  readonly drain: number;
}

/**
 * The route as it comes from a gateway of this program or out of another stack, where it may be anything: an output that
 * is not there would lead nowhere without a word.
 */
export function checkedRoute(subject: string, route: pulumi.Input<Route>): pulumi.Output<Route> {
  const line = placeInProgram();
  return pulumi.output(route).apply((value: unknown) => {
    if (isRoute(value)) return pulumi.output(value);
    const problem = value === undefined || value === null ? "is not there" : "is no route of a gateway";
    const advice = "Take `gateway.routes.NAME`, or have the other stack export it.";
    refuse([{ subject, path: "route", problem, advice }], line);
    return unknownOutput<Route>();
  });
}

function isRoute(value: unknown): value is Route {
  if (typeof value !== "object" || value === null) return false;
  const texts = ["network", "alias", "gateway", "backend"].map((key): unknown => Reflect.get(value, key));
  const numbers = ["port", "drain"].map((key): unknown => Reflect.get(value, key));
  return texts.every((one) => typeof one === "string") && numbers.every((one) => typeof one === "number");
}
