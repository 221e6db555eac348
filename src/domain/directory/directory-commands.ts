import {
  DeadlockException,
  ForeignKeyConstraintViolationException,
  LockMode,
  UniqueConstraintViolationException,
} from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { DomainError } from '../kernel/errors.js';
import { EventEntity } from '../event/event-entity.js';
import { GroupEntity } from '../group/group.js';
import { newId } from '../kernel/id.js';
import { IdempotencyKeyEntity } from '../idempotency/idempotency-entity.js';
import { MembershipEntity } from '../membership/membership.js';
import { assertStorableText } from '../attributes/parse-value.js';
import { CustomResourceEntity } from '../custom-resource/custom-resource.js';
import { ResourceTypeEntity } from '../schema-registry/resource-type-entity.js';
import { SchemaEntity } from '../schema-registry/schema-entity.js';
import { UniqueValueEntity } from '../write/unique-value-entity.js';
import { TokenEntity } from '../token/token.js';
import { UserEmailEntity, UserEntity } from '../user/user.js';
import { DirectoryCounterEntity } from './directory-counter.js';
import { DirectoryEntity, isSlug, type Directory } from './directory.js';
import { WITHOUT_TIMEOUTS } from '../sql/statement.js';

const MAX_DELETE_ATTEMPTS = 10;
const MAX_NAME_LENGTH = 200;

/**
 * Creates an empty directory.
 *
 * @throws DomainError INVALID_VALUE for an invalid slug, ALREADY_EXISTS for a slug that is taken
 */
export async function createDirectory(
  em: EntityManager,
  { slug, name }: { readonly slug: string; readonly name?: string | undefined },
): Promise<Directory> {
  if (!isSlug(slug)) {
    const expectation = 'must be 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either end';
    throw new DomainError('INVALID_VALUE', `slug ${expectation}`, 'slug');
  }
  const now = new Date();
  const properties = { id: newId(), slug, name: directoryName(name ?? slug), createdAt: now, updatedAt: now };
  try {
    return await em.fork({ keepTransactionContext: true }).transactional(async (fork) => {
      const directory = fork.create(DirectoryEntity, properties);
      await fork.flush();
      fork.create(DirectoryCounterEntity, { directoryId: directory.id, sequence: 0, userCount: 0, groupCount: 0 });
      return directory;
    });
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) {
      throw new DomainError('ALREADY_EXISTS', `A directory with the slug ${slug} already exists`, 'slug');
    }
    throw error;
  }
}

/** Renames a directory. Its slug, and therefore its Tenant URL, never changes. Throws NOT_FOUND or INVALID_VALUE. */
export async function updateDirectory(em: EntityManager, slug: string, change: { name: string }): Promise<Directory> {
  const fork = em.fork({ keepTransactionContext: true });
  const directory = await getDirectory(fork, slug);
  const name = directoryName(change.name);
  if (name !== directory.name) {
    directory.name = name;
    directory.updatedAt = new Date();
    await fork.flush();
  }
  return directory;
}

/** Deletes a directory with all its users, groups, schemas, events and tokens. Throws NOT_FOUND. */
export async function deleteDirectory(em: EntityManager, slug: string): Promise<Directory> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deleteOnce(em, slug);
    } catch (error) {
      // Either a concurrent command added a membership after the statement that deletes memberships, or it locked the
      // same rows in another order.
      const raced = error instanceof ForeignKeyConstraintViolationException || error instanceof DeadlockException;
      if (attempt === MAX_DELETE_ATTEMPTS || !raced) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

function deleteOnce(em: EntityManager, slug: string): Promise<Directory> {
  return em.fork({ keepTransactionContext: true }).transactional(async (fork) => {
    await fork.execute(WITHOUT_TIMEOUTS.text);
    const directory = await getDirectory(fork, slug);
    const directoryId = directory.id;
    // The row lock makes concurrent commands that add users wait, and then fail because the directory no longer exists.
    await fork.lock(directory, LockMode.PESSIMISTIC_WRITE);
    await fork.nativeDelete(MembershipEntity, { directoryId });
    await fork.nativeDelete(GroupEntity, { directoryId });
    await fork.nativeDelete(UserEntity, { directoryId });
    // Entries are written under a lock on their user. All users have been deleted, so no further entry can be added.
    await fork.nativeDelete(UserEmailEntity, { directoryId });
    await fork.nativeDelete(EventEntity, { directoryId });
    await fork.nativeDelete(UniqueValueEntity, { directoryId });
    await fork.nativeDelete(CustomResourceEntity, { directoryId });
    await fork.nativeDelete(ResourceTypeEntity, { directoryId });
    await fork.nativeDelete(SchemaEntity, { directoryId });
    await fork.nativeDelete(IdempotencyKeyEntity, { directoryId });
    await fork.nativeDelete(TokenEntity, { directoryId });
    await fork.nativeDelete(DirectoryCounterEntity, { directoryId });
    await fork.nativeDelete(DirectoryEntity, { id: directoryId });
    return directory;
  });
}

async function getDirectory(em: EntityManager, slug: string): Promise<Directory> {
  const directory = await em.findOne(DirectoryEntity, { slug });
  if (!directory) throw new DomainError('NOT_FOUND', `No directory has the slug ${JSON.stringify(slug)}`, 'directory');
  return directory;
}

function directoryName(name: string): string {
  assertStorableText(name, 'name');
  if (name.trim() === '') throw new DomainError('REQUIRED', 'name is required', 'name');
  if (name.length > MAX_NAME_LENGTH) {
    throw new DomainError('INVALID_VALUE', `name must be at most ${MAX_NAME_LENGTH} characters long`, 'name');
  }
  return name;
}
