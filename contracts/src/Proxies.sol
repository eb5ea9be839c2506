// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RevocationBits} from "./RevocationBits.sol";
import {IProxies} from "./interfaces/IProxies.sol";
import {ISubjects} from "./interfaces/ISubjects.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Proxies
/// @notice See IProxies. The part of Consents that is about those who act for a patient.
abstract contract Proxies is IProxies, RevocationBits, EIP712 {
    /// @dev What bounds everything that is signed under some terms.
    struct Scope {
        uint32 categories;
        uint16 sensitive;
        uint32 purposes;
        uint16 actions;
        uint48 validFrom;
        uint48 validUntil;
    }

    /// @dev The end of a chain: who may sign, under which terms, within what.
    struct Standing {
        bytes32 id;
        address proxy;
        Scope scope;
    }

    bytes32 private constant PROXY_TYPEHASH = keccak256(
        "Proxy(address subject,uint32 epoch,uint32 index,address proxy,uint8 kind,bytes32 parent,uint32 categories,"
        "uint16 sensitive,uint32 purposes,uint16 actions,uint48 validFrom,uint48 validUntil,bytes32 salt)"
    );
    bytes32 private constant REVOKE_UNDER_PROXY_TYPEHASH = keccak256("RevokeUnderProxy(bytes32 link,uint32 index)");

    /// @dev Patient to parent to carer, and one more; each link costs a signature check.
    uint256 private constant MAX_DEPTH = 3;

    /// @inheritdoc IProxies
    function revokeUnderProxy(bytes32 link, uint32 index) external override {
        _revoke(spaceOf(msg.sender, link), index);
    }

    /// @inheritdoc IProxies
    function revokeUnderProxyBySig(address proxy, bytes32 link, uint32 index, bytes calldata signature)
        external
        override
    {
        bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(REVOKE_UNDER_PROXY_TYPEHASH, link, index)));
        if (!Signatures.isValid(proxy, hash, signature)) revert Proxies_InvalidRevocation(link, index, proxy);
        _revoke(spaceOf(proxy, link), index);
    }

    /// @inheritdoc IProxies
    function proxyDigest(Proxy calldata terms) public view override returns (bytes32) {
        // Every member is of static type, so the ABI encoding of the struct is its EIP-712 encoding.
        return _hashTypedDataV4(keccak256(abi.encode(PROXY_TYPEHASH, terms)));
    }

    /// @inheritdoc IProxies
    function spaceOf(address proxy, bytes32 link) public pure override returns (address) {
        // Nobody has the key of an address that is a hash, so no subject has this address.
        return address(uint160(uint256(keccak256(abi.encode(proxy, link)))));
    }

    /// @dev Follows a chain from the subject's controller to its last proxy. Each link must stand now, and within the one
    /// before it; so whatever is within the last is within all.
    function _follow(address subject, ISubjects.Subject memory current, Link[] calldata chain)
        internal
        view
        returns (Standing memory standing)
    {
        if (chain.length == 0 || chain.length > MAX_DEPTH) revert Proxies_InvalidDepth(chain.length);
        for (uint256 i; i < chain.length; i++) {
            Proxy calldata terms = chain[i].terms;
            bytes32 id = proxyDigest(terms);
            if (terms.subject != subject) revert Proxies_WrongSubject(id, terms.subject, subject);
            if (terms.epoch != current.epoch) revert Proxies_WrongEpoch(id, terms.epoch, current.epoch);
            if (terms.parent != standing.id) revert Proxies_WrongParent(id, terms.parent, standing.id);
            if (_isRevoked(subject, terms.index)) revert Proxies_Revoked(id, subject, terms.index);
            Scope memory scope = _scopeOf(terms);
            address signer = current.controller;
            if (i > 0) {
                _requireNotRefusedBy(standing, id, terms.index);
                _requireWithin(id, scope, standing);
                signer = standing.proxy;
            }
            if (!Signatures.isValid(signer, id, chain[i].signature)) revert Proxies_InvalidSignature(id, signer);
            standing = Standing({id: id, proxy: terms.proxy, scope: scope});
        }
    }

    /// @dev The proxy has not refused what it signed with this index.
    function _requireNotRefusedBy(Standing memory standing, bytes32 id, uint32 index) internal view {
        address space = spaceOf(standing.proxy, standing.id);
        if (_isRevoked(space, index)) revert Proxies_Revoked(id, space, index);
    }

    /// @dev Narrower or equal in every dimension and in time.
    function _requireWithin(bytes32 id, Scope memory inner, Standing memory outer) internal pure {
        Scope memory bound = outer.scope;
        uint32 categories = inner.categories & ~bound.categories;
        uint16 sensitive = inner.sensitive & ~bound.sensitive;
        uint32 purposes = inner.purposes & ~bound.purposes;
        uint16 actions = inner.actions & ~bound.actions;
        if (categories != 0 || sensitive != 0 || purposes != 0 || actions != 0) {
            revert Proxies_Broader(id, outer.id, categories, sensitive, purposes, actions);
        }
        if (inner.validFrom < bound.validFrom || inner.validUntil > bound.validUntil) {
            revert Proxies_Longer(id, outer.id, bound.validFrom, bound.validUntil);
        }
    }

    /// @dev The proxy may act at this moment.
    function _requireInForce(Standing memory standing) internal view {
        (uint48 validFrom, uint48 validUntil) = (standing.scope.validFrom, standing.scope.validUntil);
        if (block.timestamp < validFrom || block.timestamp >= validUntil) {
            revert Proxies_NotInForce(standing.id, validFrom, validUntil, uint48(block.timestamp));
        }
    }

    function _scopeOf(Proxy calldata terms) private pure returns (Scope memory) {
        return Scope({
            categories: terms.categories,
            sensitive: terms.sensitive,
            purposes: terms.purposes,
            actions: terms.actions,
            validFrom: terms.validFrom,
            validUntil: terms.validUntil
        });
    }
}
